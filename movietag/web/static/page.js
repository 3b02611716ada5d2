// Improvements with JavaScript: autocomplete, sliders that act immediately, arrow keys in timelines, a pause.
"use strict";

document.documentElement.classList.add("js");

function suggestions(input) {
  const list = document.getElementById(input.getAttribute("aria-controls"));
  const options = () => Array.from(list.children);
  let at = -1;

  function show(open) {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) mark(-1);
  }

  function mark(next) {
    at = next;
    options().forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    const marked = options()[at];
    if (marked) {
      input.setAttribute("aria-activedescendant", marked.id);
      marked.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function pick(option) {
    show(false);
    if (option.dataset.href && !("stay" in input.form.dataset)) {
      location.assign(option.dataset.href);
      return;
    }
    input.value = option.dataset.q;
    input.focus();
  }

  list.addEventListener("htmx:afterSwap", () => {
    at = -1;
    show(document.activeElement === input && options().length > 0);
  });
  input.addEventListener("keydown", (event) => {
    const many = options().length;
    if (event.key === "Escape" && !list.hidden) {
      show(false);
      event.preventDefault();
    } else if (event.key === "ArrowDown" && many) {
      show(true);
      mark((at + 1) % many);
      event.preventDefault();
    } else if (event.key === "ArrowUp" && many) {
      show(true);
      mark(at <= 0 ? many - 1 : at - 1);
      event.preventDefault();
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      pick(options()[at]);
      event.preventDefault();
    }
  });
  input.addEventListener("blur", () => show(false));
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault(); // the box keeps the focus
    if (option) pick(option);
  });
}

function slider(form) {
  const range = form.querySelector("input[type=range]");
  const output = form.querySelector("output");
  range.addEventListener("input", () => {
    output.value = range.value === "0" ? "any" : `${range.value}%`;
  });
  // A pointer is released once; keys may repeat: wait until they stop.
  let waiting = 0;
  range.addEventListener("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(), 400);
  });
}

function roving(list) {
  const links = Array.from(list.querySelectorAll("a"));
  links.forEach((link, n) => (link.tabIndex = n === 0 ? 0 : -1));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = links[links.indexOf(document.activeElement) + step];
    if (!step || !next) return;
    links.forEach((link) => (link.tabIndex = -1));
    next.tabIndex = 0;
    next.focus();
    event.preventDefault();
  });
}

function pause(button) {
  const moving = document.querySelector(button.dataset.pause);
  let paused = false;
  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? "Resume" : "Pause";
  });
  moving.addEventListener("htmx:beforeRequest", (event) => {
    if (paused || document.hidden) event.preventDefault();
  });
}

// A player is made by a click, so that nothing of another host, and no video, is loaded before.
function player(box) {
  const { src, site, title } = box.dataset;
  const button = box.querySelector("[data-play]");
  if (!button) return;
  const stage = box.querySelector(".stage");
  const slots = Array.from(box.parentElement.querySelectorAll(".slots a[data-at]"));
  let video = null;

  function failed() {
    const text = document.createElement("p");
    text.className = "failure";
    text.textContent = "This browser cannot play the file.";
    stage.replaceWith(text);
    slots.forEach((slot) => slot.classList.remove("now"));
  }

  function file(at) {
    if (video) {
      video.currentTime = at;
    } else {
      video = document.createElement("video");
      Object.assign(video, { controls: true, playsInline: true, src: `${src}#t=${at}` });
      video.setAttribute("aria-label", title);
      video.addEventListener("error", failed);
      video.addEventListener("timeupdate", () => {
        const shown = slots.filter((slot) => Number(slot.dataset.at) <= video.currentTime + 0.05).pop();
        slots.forEach((slot) => slot.classList.toggle("now", slot === shown));
      });
      stage.replaceChildren(video);
    }
    video.play().catch(() => {}); // the browser wants another click
    video.focus();
  }

  function frame(at) {
    const inner = document.createElement("iframe");
    inner.title = `${title}, in the player of ${site}`;
    inner.allow = "autoplay; fullscreen; encrypted-media; picture-in-picture";
    inner.referrerPolicy = "strict-origin-when-cross-origin"; // YouTube's player refuses pages without one
    inner.setAttribute("sandbox", "allow-scripts allow-same-origin allow-presentation allow-popups");
    inner.src = src.replace("{at}", String(Math.floor(at)));
    stage.replaceChildren(inner);
    inner.focus();
  }

  function open(at) {
    stage.hidden = false;
    button.hidden = true;
    (site ? frame : file)(at);
  }

  button.hidden = false;
  button.addEventListener("click", () => open(Number(box.dataset.at)));
  slots.forEach((slot) => slot.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !stage.isConnected) return;
    event.preventDefault();
    open(Number(slot.dataset.at));
    stage.scrollIntoView({ block: "nearest" });
  }));
}

// A frame that is not stored, or no longer, leaves no empty box.
function hideWithout(image) {
  const box = image.closest(".still");
  const row = image.closest(".strip");
  box.hidden = true;
  if (row && !row.querySelector(".still:not([hidden])")) row.hidden = true;
}

document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement && event.target.closest(".still")) hideWithout(event.target);
}, true); // errors of images do not bubble
document.querySelectorAll(".still img").forEach((image) => {
  if (image.complete && !image.naturalWidth) hideWithout(image); // it failed before this script ran
});

document.querySelectorAll("[role=combobox]").forEach(suggestions);
document.querySelectorAll("form.slider").forEach(slider);
document.querySelectorAll("[data-roving]").forEach(roving);
document.querySelectorAll("[data-pause]").forEach(pause);
document.querySelectorAll(".player").forEach(player);
