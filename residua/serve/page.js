// Sends a picture to the server that the page came from; shows the likeliest classes and where they were seen.
const by = (id) => document.getElementById(id);
const status = (text, bad = false) => {
  by("status").textContent = text;
  by("status").className = bad ? "bad" : "note";
};
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
let latest = 0; // of several pictures in a row the last one is shown
let stream = null;

async function ask(blob) {
  const turn = ++latest;
  status("Looking …");
  by("seen").hidden = true;
  const headers = { "Content-Type": blob.type.startsWith("image/") ? blob.type : "application/octet-stream" };
  if (by("token")) headers.Authorization = `Bearer ${by("token").value}`;
  try {
    const response = await fetch("v1/predict?maps=true&top=5", { method: "POST", headers, body: blob });
    const answer = await response.json();
    if (turn !== latest) return;
    if (!response.ok) {
      status(answer.error.message, true);
      return;
    }
    await show(blob, answer, turn);
  } catch (error) {
    if (turn === latest) status("The server does not answer.", true);
  }
}

const address = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

async function show(blob, answer, turn) {
  const picture = by("shown");
  picture.src = await address(blob);
  const drawn = await picture.decode().then(() => true, () => false);
  if (turn !== latest) return;
  picture.hidden = !drawn;
  picture.alt = answer.top.length ? `The picture that was looked at: ${answer.top[0].label}` : "The picture";
  by("caption").textContent = drawn ? "" : "This browser cannot show a picture of this kind.";
  const bars = by("bars");
  bars.replaceChildren();
  answer.top.forEach((guess, place) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const name = document.createElement("span");
    const label = document.createElement("span");
    const score = document.createElement("span");
    const bar = document.createElement("span");
    button.type = "button";
    name.className = "name";
    bar.className = "bar";
    bar.style.width = `${100 * guess.score}%`;
    label.textContent = guess.label;
    score.textContent = `${(100 * guess.score).toFixed(1)} %`;
    name.append(label, score);
    button.append(name, bar);
    button.addEventListener("click", () => choose(answer, place));
    item.append(button);
    bars.append(item);
  });
  by("seen").hidden = false;
  choose(answer, 0);
  const best = answer.top[0];
  const first = best ? `${best.label}, ${(100 * best.score).toFixed(1)} %. ` : "";
  status(`${first}Answered in ${answer.latency_ms.toFixed(1)} ms by ${answer.model}.`);
}

function choose(answer, place) {
  [...by("bars").querySelectorAll("button")].forEach((button, number) =>
    button.setAttribute("aria-pressed", String(number === place)));
  const guess = answer.top[place];
  const map = guess && (answer.maps || []).find((each) => each.index === guess.index);
  const canvas = by("heat");
  const picture = by("shown");
  canvas.width = picture.naturalWidth || 1;
  canvas.height = picture.naturalHeight || 1;
  if (map && !picture.hidden) paint(canvas, map);
}

function paint(canvas, map) {
  const [high, wide] = [map.rows.length, map.rows[0].length];
  const small = document.createElement("canvas");
  small.width = wide;
  small.height = high;
  const values = map.rows.flat();
  const most = Math.max(...values, 1e-9); // what speaks against the class stays clear
  const pixels = small.getContext("2d").createImageData(wide, high);
  values.forEach((value, at) => pixels.data.set([255, 80, 0, 170 * Math.max(0, value / most)], 4 * at));
  small.getContext("2d").putImageData(pixels, 0, 0);
  const [left, top, right, bottom] = map.region;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = true;
  context.drawImage(small, left * canvas.width, top * canvas.height, (right - left) * canvas.width,
    (bottom - top) * canvas.height);
  context.strokeStyle = ink("--line-1");
  context.lineWidth = Math.max(1, canvas.width / 200);
  context.strokeRect(left * canvas.width, top * canvas.height, (right - left) * canvas.width,
    (bottom - top) * canvas.height);
}

function close() {
  if (stream) stream.getTracks().forEach((track) => track.stop());
  stream = null;
  by("stage").hidden = true;
}

by("choose").addEventListener("click", () => by("file").click());
by("file").addEventListener("change", () => {
  if (by("file").files.length) ask(by("file").files[0]);
  by("file").value = "";
});
by("overlay").addEventListener("change", () => { by("heat").hidden = !by("overlay").checked; });
addEventListener("paste", (event) => {
  const file = [...(event.clipboardData ? event.clipboardData.files : [])][0];
  if (file) ask(file);
});
for (const name of ["dragenter", "dragover"]) addEventListener(name, (event) => {
  event.preventDefault();
  by("drop").classList.add("over");
});
for (const name of ["dragleave", "drop"]) addEventListener(name, (event) => {
  event.preventDefault();
  by("drop").classList.remove("over");
});
addEventListener("drop", (event) => {
  if (event.dataTransfer.files.length) ask(event.dataTransfer.files[0]);
});
if (navigator.mediaDevices && navigator.mediaDevices.getUserMedia) {
  by("camera").hidden = false;
  by("camera").addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      status("The camera was not given.", true);
      return;
    }
    by("video").srcObject = stream;
    by("stage").hidden = false;
    await by("video").play();
    by("shoot").focus();
  });
  by("shoot").addEventListener("click", () => {
    const video = by("video");
    const still = document.createElement("canvas");
    still.width = video.videoWidth;
    still.height = video.videoHeight;
    still.getContext("2d").drawImage(video, 0, 0);
    close();
    still.toBlob((blob) => ask(blob), "image/jpeg", 0.95);
  });
  by("stop").addEventListener("click", close);
}
