// What the pages do beyond links and forms: light up a segment, say a slider's value, tell where
// one is, copy. Everything works without it, but for the map's highlights.
(function () {
  "use strict";

  function each(selector, act, root) { (root || document).querySelectorAll(selector).forEach(act); }
  function nearest(target, selector) {
    return target instanceof Element ? target.closest(selector) : null;
  }

  // ---------------------------------------------------------------- segments on a map

  function lightUp(lab, segment) {
    lab.classList.toggle("lit", segment !== null);
    each("g[data-segment]", function (own) {
      own.classList.toggle("on", own.dataset.segment === segment);
    }, lab);
    if (!lab.matches(".lab")) { return; }
    each("[data-card]", function (own) { own.hidden = own.dataset.card !== segment; }, lab);
    each("[data-hint]", function (own) { own.hidden = segment !== null; }, lab);
    each(".seat", function (own) {
      own.classList.toggle("on", own.dataset.segment === segment);
    });
  }

  var kept = null;
  function point(target) {
    var own = nearest(target, ".lab [data-segment], .other g[data-segment]");
    each(".lab, .other", function (lab) {
      if (own && lab.contains(own)) {
        lightUp(lab, own.dataset.segment);
      } else {
        lightUp(lab, lab.matches(".lab") ? kept : null);
      }
    });
  }
  document.addEventListener("pointerover", function (event) { point(event.target); });
  document.addEventListener("focusin", function (event) {
    if (nearest(event.target, ".lab [data-segment]")) { point(event.target); }
  });
  document.addEventListener("click", function (event) {
    var button = nearest(event.target, ".legend button[data-segment]");
    if (!button) { return; }
    kept = kept === button.dataset.segment ? null : button.dataset.segment;
    each(".legend button[data-segment]", function (own) {
      own.setAttribute("aria-pressed", String(own.dataset.segment === kept));
    });
    lightUp(button.closest(".lab"), kept);
  });

  document.addEventListener("input", function (event) {
    if (event.target.id === "k") {
      document.getElementById("k-out").textContent = event.target.value;
    }
  });

  // ---------------------------------------------------------------- where one is on the page

  var links = {};
  each("nav.sections a", function (own) { links[own.hash.slice(1)] = own; });
  function mark() {
    var here = null;
    Object.keys(links).forEach(function (id) {
      var part = document.getElementById(id);
      if (part && part.tagName === "SECTION" && part.getBoundingClientRect().top < 160) {
        here = links[id];
      }
    });
    each("nav.sections a[aria-current]", function (own) {
      if (own !== here) { own.removeAttribute("aria-current"); }
    });
    if (here && !here.hasAttribute("aria-current")) {
      here.setAttribute("aria-current", "true");
      var bar = here.parentElement;
      bar.scrollLeft = here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
    }
  }
  if (Object.keys(links).length) {
    document.addEventListener("scroll", mark, {passive: true});
    mark();
  }

  // What does not scroll needs no stop for the keyboard.
  function stops() {
    each(".scroll, .frame", function (own) {
      own.tabIndex = own.scrollWidth > own.clientWidth || own.scrollHeight > own.clientHeight ? 0 : -1;
    });
  }
  window.addEventListener("load", stops);
  window.addEventListener("resize", stops);
  document.addEventListener("htmx:afterSettle", stops);
  document.addEventListener("toggle", stops, true);

  // ---------------------------------------------------------------- lines to copy

  function copy(text, button) {
    navigator.clipboard.writeText(text).then(function () {
      button.textContent = "Copied";
    }, function () {
      button.textContent = "Not allowed here: select it by hand";
    });
    setTimeout(function () { button.textContent = "Copy"; }, 2500);
  }
  if (navigator.clipboard) {
    each("pre", function (own) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", function () { copy(own.textContent, button); });
      var frame = document.createElement("div");
      frame.className = "copied";
      own.before(frame);
      frame.append(own, button);
    });
  }
})();
