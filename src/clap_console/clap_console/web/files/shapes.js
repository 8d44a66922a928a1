// Matrices and unit meshes of the 3D view; matrices are arrays of 16, column by column.

export const subtract = (a, b) => a.map((value, i) => value - b[i]);
export const cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
export const length = (a) => Math.hypot(...a);
export const unit = (a) => a.map((value) => value / (length(a) || 1));
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export function multiply(a, b) {
  const made = new Array(16).fill(0);
  for (let column = 0; column < 4; column++) {
    for (let row = 0; row < 4; row++) {
      for (let k = 0; k < 4; k++) made[4 * column + row] += a[4 * k + row] * b[4 * column + k];
    }
  }
  return made;
}

export function perspective(height, aspect, near, far) {
  const f = 1 / Math.tan(height / 2);
  return [f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), -1,
    0, 0, 2 * far * near / (near - far), 0];
}

export function lookAt(eye, target) {
  const z = unit(subtract(eye, target)), x = unit(cross([0, 0, 1], z)), y = cross(z, x);
  return [x[0], y[0], z[0], 0, x[1], y[1], z[1], 0, x[2], y[2], z[2], 0,
    -dot(x, eye), -dot(y, eye), -dot(z, eye), 1];
}

// A ball of a radius around a point.
export const ball = (p, r) => [r, 0, 0, 0, 0, r, 0, 0, 0, 0, r, 0, ...p, 1];

// The unit cylinder (radius 1, from z = 0 to 1) from one point to another.
export function rod(from, to, r) {
  const along = subtract(to, from);
  const z = unit(along), x = unit(cross(Math.abs(z[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0], z));
  const y = cross(z, x);
  return [...x.map((v) => v * r), 0, ...y.map((v) => v * r), 0, ...along, 0, ...from, 1];
}

// Points of a pose's own frame in the base frame; quaternion x, y, z, w.
export function placed(points, xyz, [x, y, z, w]) {
  return points.map((p) => {
    const t = cross([x, y, z], p).map((v) => 2 * v), u = cross([x, y, z], t);
    return p.map((v, i) => v + w * t[i] + u[i] + xyz[i]);
  });
}

// Triangles as x, y, z, and the same as normals.
export function unitBall(rows = 10, columns = 16) {
  const at = (i, j) => {
    const a = Math.PI * i / rows, b = 2 * Math.PI * j / columns;
    return [Math.sin(a) * Math.cos(b), Math.sin(a) * Math.sin(b), Math.cos(a)];
  };
  const made = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (const p of [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j), at(i + 1, j + 1),
        at(i, j + 1)]) made.push(...p, ...p);
    }
  }
  return new Float32Array(made);
}

export function unitRod(columns = 16) {
  const made = [];
  for (let j = 0; j < columns; j++) {
    const [a, b] = [j, j + 1].map((k) => 2 * Math.PI * k / columns);
    const p = [Math.cos(a), Math.sin(a)], q = [Math.cos(b), Math.sin(b)];
    for (const [n, z] of [[p, 0], [q, 0], [q, 1], [p, 0], [q, 1], [p, 1]]) made.push(...n, z, ...n, 0);
  }
  return new Float32Array(made);
}
