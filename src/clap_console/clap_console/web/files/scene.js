// Cloud, arm, next key pose and keypoint in 3D; drawn only when something has changed.

import { ball, lookAt, multiply, perspective, placed, rod, unitBall, unitRod } from "/shapes.js";

const CLOUD_MS = 700;
const POINTS = [`attribute vec3 place; attribute vec3 paint; uniform mat4 view; uniform float size;
  varying vec3 colour;
  void main() { gl_Position = view * vec4(place, 1.0); gl_PointSize = size / gl_Position.w;
    colour = paint; }`,
`precision mediump float; varying vec3 colour; void main() { gl_FragColor = vec4(colour, 1.0); }`];
const SOLIDS = [`attribute vec3 place; attribute vec3 normal; uniform mat4 view; uniform mat4 model;
  varying float light;
  void main() { gl_Position = view * model * vec4(place, 1.0);
    light = 0.45 + 0.55 * max(0.0, dot(normalize(mat3(model) * normal), normalize(vec3(-0.4, 0.5, 0.8)))); }`,
`precision mediump float; varying float light; uniform vec4 paint;
  void main() { gl_FragColor = vec4(paint.rgb * light, paint.a); }`];
const ARM = [0.56, 0.70, 0.91, 0.75], POSE = [0.96, 0.82, 0.29, 1], POINT = [1, 0.24, 0.55, 1];
const HAND = [[0, 0, -0.10], [0, 0, -0.045], [0, -0.04, -0.045], [0, 0.04, -0.045], [0, -0.04, 0.005],
  [0, 0.04, 0.005]];

export class Scene {
  constructor(canvas) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl", { antialias: true, preserveDrawingBuffer: true });
    this.yaw = -2.5; this.pitch = 0.55; this.distance = 1.9; this.target = [0.35, 0, 0.2];
    this.arm = []; this.pose = null; this.point = null; this.count = 0; this.stamp = "";
    this.dirty = true;
    if (!this.gl) return;
    this.points = this.program(POINTS);
    this.solids = this.program(SOLIDS);
    this.meshes = [unitBall(), unitRod()].map((data) => ({ buffer: this.buffer(data), count: data.length / 6 }));
    this.places = this.gl.createBuffer();
    this.paints = this.gl.createBuffer();
    const grid = [];
    for (let i = -4; i <= 4; i++) grid.push(i / 4, -1, 0, i / 4, 1, 0, -1, i / 4, 0, 1, i / 4, 0);
    this.grid = { places: this.buffer(new Float32Array(grid)), count: grid.length / 3,
      paints: this.buffer(new Uint8Array(grid.length).fill(60)) };
    this.turnByHand();
    new ResizeObserver(() => { this.dirty = true; }).observe(canvas);
  }

  setArm(capsules) { this.arm = capsules; this.dirty = true; }
  setPose(pose) { this.pose = pose; this.dirty = true; }
  setPoint(xyz) { this.point = xyz; this.dirty = true; }

  run() {
    if (!this.gl) return;
    const frame = () => {
      if (this.dirty) { this.dirty = false; this.draw(); }
      requestAnimationFrame(frame);
    };
    frame();
    this.fetchClouds();
  }

  async fetchClouds() {
    for (;;) {
      if (!document.hidden) {
        try {
          const reply = await fetch(`/api/cloud?have=${this.stamp}`,
            { signal: AbortSignal.timeout(5000), priority: "low" });
          if (reply.status === 200) {
            this.stamp = reply.headers.get("x-stamp");
            this.setCloud(await reply.arrayBuffer(), Number(reply.headers.get("x-points")));
          }
        } catch { /* the line of what is wrong tells it */ }
      }
      await new Promise((resolve) => setTimeout(resolve, CLOUD_MS));
    }
  }

  setCloud(data, count) {
    const gl = this.gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.places);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(data, 0, 3 * count), gl.DYNAMIC_DRAW);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.paints);
    gl.bufferData(gl.ARRAY_BUFFER, new Uint8Array(data, 12 * count, 3 * count), gl.DYNAMIC_DRAW);
    this.count = count;
    this.canvas.dataset.points = count;
    this.dirty = true;
  }

  draw() {
    const gl = this.gl, canvas = this.canvas, ratio = Math.min(devicePixelRatio, 2);
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0.055, 0.07, 0.095, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    const [c, s] = [Math.cos(this.pitch), Math.sin(this.pitch)].map((v) => v * this.distance);
    const eye = [this.target[0] - c * Math.cos(this.yaw), this.target[1] - c * Math.sin(this.yaw),
      this.target[2] + s];
    const view = multiply(perspective(0.8, canvas.width / canvas.height || 1, 0.05, 20),
      lookAt(eye, this.target));
    this.drawPoints(view, this.grid.places, this.grid.paints, this.grid.count, gl.LINES, 1);
    if (this.count) {
      this.drawPoints(view, this.places, this.paints, this.count, gl.POINTS, 0.007 * canvas.height);
    }
    gl.useProgram(this.solids);
    gl.uniformMatrix4fv(gl.getUniformLocation(this.solids, "view"), false, view);
    if (this.pose) this.drawPose(this.pose);
    if (this.point) this.solid(0, ball(this.point, 0.014), POINT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    for (const c of this.arm) this.capsule(c.slice(0, 3), c.slice(3, 6), c[6], ARM);
    gl.disable(gl.BLEND);
  }

  drawPose(pose) {
    const [back, palm, left, right, leftTip, rightTip] = placed(HAND, pose.xyz, pose.quaternion);
    for (const [a, b] of [[back, palm], [left, right], [left, leftTip], [right, rightTip]]) {
      this.capsule(a, b, 0.006, POSE);
    }
  }

  capsule(from, to, r, paint) {
    this.solid(0, ball(from, r), paint);
    this.solid(0, ball(to, r), paint);
    this.solid(1, rod(from, to, r), paint);
  }

  solid(mesh, model, paint) {
    const gl = this.gl, { buffer, count } = this.meshes[mesh];
    gl.uniformMatrix4fv(gl.getUniformLocation(this.solids, "model"), false, model);
    gl.uniform4fv(gl.getUniformLocation(this.solids, "paint"), paint);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    this.attribute(this.solids, "place", 3, gl.FLOAT, 24, 0);
    this.attribute(this.solids, "normal", 3, gl.FLOAT, 24, 12);
    gl.drawArrays(gl.TRIANGLES, 0, count);
  }

  drawPoints(view, places, paints, count, mode, size) {
    const gl = this.gl;
    gl.useProgram(this.points);
    gl.uniformMatrix4fv(gl.getUniformLocation(this.points, "view"), false, view);
    gl.uniform1f(gl.getUniformLocation(this.points, "size"), size);
    gl.bindBuffer(gl.ARRAY_BUFFER, places);
    this.attribute(this.points, "place", 3, gl.FLOAT, 12, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, paints);
    this.attribute(this.points, "paint", 3, gl.UNSIGNED_BYTE, 3, 0, true);
    gl.drawArrays(mode, 0, count);
  }

  attribute(program, name, size, type, stride, offset, isShare = false) {
    const place = this.gl.getAttribLocation(program, name);
    this.gl.enableVertexAttribArray(place);
    this.gl.vertexAttribPointer(place, size, type, isShare, stride, offset);
  }

  buffer(data) {
    const made = this.gl.createBuffer();
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, made);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, data, this.gl.STATIC_DRAW);
    return made;
  }

  program([vertex, fragment]) {
    const gl = this.gl, made = gl.createProgram();
    for (const [type, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(made, shader);
    }
    gl.linkProgram(made);
    return made;
  }

  turnByHand() {
    const canvas = this.canvas;
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      if (!event.buttons) return;
      if (event.buttons === 2 || event.shiftKey) {
        const scale = this.distance / canvas.clientHeight;
        const side = event.movementX * scale, away = event.movementY * scale;
        this.target[0] += -Math.sin(this.yaw) * side + Math.cos(this.yaw) * away;
        this.target[1] += Math.cos(this.yaw) * side + Math.sin(this.yaw) * away;
      } else {
        this.yaw -= event.movementX * 0.008;
        this.pitch = Math.min(1.55, Math.max(-0.2, this.pitch + event.movementY * 0.008));
      }
      this.dirty = true;
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.distance = Math.min(6, Math.max(0.3, this.distance * Math.exp(event.deltaY * 0.001)));
      this.dirty = true;
    }, { passive: false });
  }
}
