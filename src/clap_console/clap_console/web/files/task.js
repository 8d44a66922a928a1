// The plan: each sub-task's state, tries, time, and why it failed.

const at = (id) => document.getElementById(id);

export function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

const WORDS = {
  waiting: "waits", running: "runs", done: "done", failed: "failed", skipped: "not reached",
  stopping: "stopping",
};

export function showTask(story, stack) {
  const task = story.task;
  const since = (performance.now() - story.heardAt) / 1000;
  at("past").replaceChildren(...story.past.slice(task && task.code ? 1 : 0).map((past) =>
    element("li", `${past.instruction || "(another program's task)"}: ` +
      (past.code === "SUCCESS" ? `done in ${past.seconds.toFixed(1)} s` : `${past.code}: ${past.message}`))));
  if (!task) return;
  at("instruction").textContent = task.instruction || "(another program's task)";
  at("task").dataset.state = task.state;
  at("state").dataset.state = task.state;
  at("state").replaceChildren(element("span", stateOf(task, since), "state"));
  at("steps").replaceChildren(...task.steps.map((step) => item(step, since)));
  const point = task.steps[task.current] && task.steps[task.current].point;
  const facts = [["hand", stack ? stack.held || "not told" : ""],
    ["planned by", stack ? stack.planned_by : ""],
    ["keypoint", point ? `${point.label}, confidence ${point.confidence.toFixed(2)}` : ""],
    ["next key pose", task.pose ? `${task.pose.text} (hand: ${task.pose.gripper})` : ""]];
  at("facts").replaceChildren(...facts.filter(([, text]) => text).flatMap(([name, text]) =>
    [element("dt", name), element("dd", text)]));
}

function stateOf(task, since) {
  if (task.state === "done") return `done in ${task.seconds.toFixed(1)} s`;
  if (task.state === "failed") return `${task.code}: ${task.message}`;
  const seconds = (task.elapsed + since).toFixed(0);
  return `${WORDS[task.state]}, ${seconds} s: ${task.text || task.stage}`;
}

function item(step, since) {
  const made = element("li", step.text || "...");
  made.dataset.state = step.state;
  const seconds = step.seconds !== null ? step.seconds
    : step.elapsed !== null ? step.elapsed + since : null;
  const told = [WORDS[step.state]];
  if (seconds !== null && step.state !== "waiting") told.push(`${seconds.toFixed(1)} s`);
  if (step.attempts > 1) told.push(`${step.attempts} tries`);
  if (step.point) told.push(`${step.point.label} ${step.point.confidence.toFixed(2)}`);
  made.append(" ", element("span", told.join(", "), "state note"));
  if (step.state === "running" && step.note) made.append(element("span", step.note, "note"));
  if (step.why) made.append(element("span", step.why, "why"));
  return made;
}
