// The page: what it shows is text, never HTML; what it commands goes by plain requests.

import { say, stop, doctor, suggestions } from "/commands.js";
import { showTask } from "/task.js";
import { showHealth, showFindings } from "/health.js";
import { Cameras } from "/cameras.js";
import { listenTogether } from "/news.js";
import { Scene } from "/scene.js";

const at = (id) => document.getElementById(id);
const SILENT_MS = 6000;

const scene = new Scene(at("view"));
const cameras = new Cameras(at("pictures"), () => at("heat").checked);
const parts = {};
let heardAt = performance.now();
let isLost = false;

// ---- obey ----

at("obey").addEventListener("submit", async (event) => {
  event.preventDefault();
  const sentence = at("sentence").value;
  answer("");
  at("say").disabled = true;
  try {
    let reply = await say(sentence, false);
    if (reply.confirm && (await confirmed(reply.instruction))) reply = await say(sentence, true);
    if (reply.message) answer(`${reply.code}: ${reply.message}`);
    else if (!reply.confirm) at("sentence").value = "";
  } finally {
    at("say").disabled = false;
  }
});

at("sentence").addEventListener("focus", async () => {
  const offers = (await suggestions()).map((text) => {
    const option = document.createElement("option");
    option.value = text;
    return option;
  });
  if (offers.length) at("offers").replaceChildren(...offers);
});

function confirmed(sentence) {
  const dialog = at("confirm");
  at("confirming").textContent = sentence;
  return new Promise((resolve) => {
    const end = (is) => () => { dialog.close(); resolve(is); };
    at("no").onclick = end(false);
    at("yes").onclick = end(true);
    dialog.oncancel = end(false);
    dialog.showModal();
    at("no").focus();
  });
}

function answer(text) {
  at("answer").textContent = text;
  at("answer").hidden = !text;
}

// ---- stop ----

function onStop() {
  at("stop").dataset.state = "asked";
  stop((text, isOver) => {
    at("stopping").textContent = text;
    at("stopping").hidden = !text;
    if (isOver) delete at("stop").dataset.state;
  });
}

at("stop").addEventListener("pointerdown", onStop); // not only at its release
at("stop").addEventListener("click", (event) => { if (event.detail === 0) onStop(); }); // by a key
addEventListener("keydown", (event) => {
  const types = ["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName) &&
    event.target.type !== "checkbox";
  if (event.code === "Escape" || (event.code === "Space" && !types)) {
    event.preventDefault(); // nor does it press the button that has the focus
    if (!event.repeat) onStop();
  }
}, true);

// ---- news ----

const show = {
  task: () => {
    showTask(parts.task, parts.stack);
    const task = parts.task.task;
    const steps = task ? task.steps.filter((step) => step.point) : [];
    const point = steps.length ? steps[task.current] && task.steps[task.current].point
      || steps[steps.length - 1].point : null;
    scene.setPoint(point && point.xyz);
    scene.setPose(task && task.pose);
    cameras.label = point ? `${point.label} ${point.confidence.toFixed(2)}` : "";
    at("say").textContent = task && ["running", "stopping"].includes(task.state) ? "Busy" : "Do it";
  },
  stack: () => {
    const { wrong, simulated, executive } = parts.stack;
    at("wrong").textContent = wrong.text + (executive && !simulated ? " This is a real robot." : "");
    at("wrong").dataset.level = wrong.level;
    if (parts.task) showTask(parts.task, parts.stack);
  },
  health: () => showHealth(at("health"), parts.health),
  cameras: () => cameras.set(parts.cameras),
  arm: () => scene.setArm(parts.arm),
};

function heard(part, value, age) {
  heardAt = performance.now();
  if (part !== "beat") {
    parts[part] = value;
    value.heardAt = heardAt - age;
    show[part]();
  }
  if (isLost && parts.stack) show.stack();
  isLost = false;
}

setInterval(() => {
  if (isLost || performance.now() - heardAt < SILENT_MS) return;
  isLost = true;
  at("wrong").textContent = "The page has lost its connection to ./clap console and tries again. " +
    "What it shows is old. STOP is tried all the same.";
  at("wrong").dataset.level = "error";
}, 500);

at("doctor").addEventListener("click", async () => {
  at("doctor").disabled = true;
  showFindings(at("findings"), await doctor());
  at("doctor").disabled = false;
});

setInterval(() => { if (parts.task && parts.task.task) showTask(parts.task, parts.stack); }, 1000);
listenTogether(heard);
cameras.run();
scene.run();
