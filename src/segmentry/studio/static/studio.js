// What the pages do beyond links and forms: drop a file, light up a segment, say a slider's value.
// Everything works without it, but for the map's highlights.
(function () {
  "use strict";

  function lightUp(segment) {
    document.querySelectorAll(".lab, .other").forEach(function (lab) {
      lab.classList.toggle("lit", segment !== null);
      lab.querySelectorAll("g[data-segment]").forEach(function (own) {
        own.classList.toggle("on", own.dataset.segment === segment);
      });
      lab.querySelectorAll("[data-card]").forEach(function (own) {
        own.hidden = own.dataset.card !== segment;
      });
      lab.querySelectorAll("[data-hint]").forEach(function (own) { own.hidden = segment !== null; });
    });
    document.querySelectorAll(".seat").forEach(function (own) {
      own.classList.toggle("on", own.dataset.segment === segment);
    });
  }

  var kept = null;
  function segmentOf(target) {
    var own = target instanceof Element ? target.closest(".lab [data-segment], .other g[data-segment]") : null;
    return own ? own.dataset.segment : null;
  }
  document.addEventListener("pointerover", function (event) {
    var segment = segmentOf(event.target);
    if (segment !== null) { lightUp(segment); } else { lightUp(kept); }
  });
  document.addEventListener("focusin", function (event) {
    var segment = segmentOf(event.target);
    if (segment !== null) { lightUp(segment); }
  });
  document.addEventListener("click", function (event) {
    var button = event.target instanceof Element ? event.target.closest(".legend button[data-segment]") : null;
    if (!button) { return; }
    kept = kept === button.dataset.segment ? null : button.dataset.segment;
    document.querySelectorAll(".legend button[data-segment]").forEach(function (own) {
      own.setAttribute("aria-pressed", String(own.dataset.segment === kept));
    });
    lightUp(kept);
  });

  document.addEventListener("input", function (event) {
    if (event.target.id === "k") {
      document.getElementById("k-out").textContent = event.target.value;
    }
  });

  document.querySelectorAll("[data-drop]").forEach(function (form) {
    var input = form.querySelector("input[type=file]");
    var status = form.querySelector("[data-status]");
    function send() {
      status.textContent = "Bringing " + input.files[0].name + "…";
      form.classList.add("sending");
      form.submit();
    }
    input.addEventListener("change", function () { if (input.files.length) { send(); } });
    ["dragenter", "dragover"].forEach(function (name) {
      form.addEventListener(name, function (event) {
        event.preventDefault();
        form.classList.add("over");
      });
    });
    ["dragleave", "drop"].forEach(function (name) {
      form.addEventListener(name, function () { form.classList.remove("over"); });
    });
    form.addEventListener("drop", function (event) {
      event.preventDefault();
      if (event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        send();
      }
    });
  });
  window.addEventListener("dragover", function (event) { event.preventDefault(); });
  window.addEventListener("drop", function (event) { event.preventDefault(); });
})();
