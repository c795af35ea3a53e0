// Files that come and go: how far an upload is, that a file to take away is being made, and what
// went wrong with either. Without it both are plain forms and links.
(function () {
  "use strict";

  function nearest(target, selector) {
    return target instanceof Element ? target.closest(selector) : null;
  }
  function told(what, fix) {
    var note = document.createElement("div");
    note.className = "fault";
    note.setAttribute("role", "alert");
    [["h2", what], ["p", fix]].forEach(function (part) {
      var own = document.createElement(part[0]);
      own.textContent = part[1];
      note.append(own);
    });
    return note;
  }
  function faultIn(text) {
    var page = new DOMParser().parseFromString(text, "text/html");
    var fault = page.querySelector(".fault");
    return fault ? document.importNode(fault, true)
      : told("That did not work.", "Load the page again, and try once more.");
  }
  function say(place, note) {
    document.querySelectorAll(".fault").forEach(function (own) { own.remove(); });
    if (place.matches("li")) { place.append(note); } else { place.after(note); }
    note.scrollIntoView({block: "nearest"});
  }

  // ---------------------------------------------------------------- uploads

  function megabytes(bytes) {
    return (bytes / 1e6).toLocaleString("en", {maximumFractionDigits: bytes < 1e7 ? 1 : 0});
  }
  function Upload(form) {
    var input = form.querySelector("input[type=file]");
    var status = form.querySelector("[data-status]");
    var bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", "Upload");

    function over(note) {
      form.classList.remove("sending");
      form.removeAttribute("aria-busy");
      bar.remove();
      status.textContent = "";
      input.value = "";
      say(form.closest(".two") || form, note);
    }
    function send() {
      var file = input.files[0], most = Number(form.dataset.mostMb);
      if (!file || form.hasAttribute("aria-busy")) { return; }
      if (most && file.size > most * 1e6) {
        over(told(file.name + " has " + megabytes(file.size) + " MB.",
          "Up to " + megabytes(most * 1e6) + " MB can be uploaded. Leave columns out that nobody " +
          "needs, or save it as Parquet."));
        return;
      }
      var request = new XMLHttpRequest();
      form.classList.add("sending");
      form.setAttribute("aria-busy", "true");
      status.textContent = "Bringing " + file.name + "…";
      status.after(bar);
      request.upload.addEventListener("progress", function (event) {
        bar.value = event.loaded / event.total;
        bar.textContent = Math.round(100 * bar.value) + " %";
      });
      request.upload.addEventListener("load", function () {
        bar.removeAttribute("value");
        status.textContent = "Looking at " + file.name + "…";
      });
      request.addEventListener("load", function () {
        if (request.status < 400) { location.assign(request.responseURL); }
        else {
          over(faultIn(request.responseText));
          form.querySelectorAll("details").forEach(function (own) { own.open = true; });
        }
      });
      request.addEventListener("error", function () {
        over(told("The upload broke off.", "Nothing was kept of it. Is the studio still running?"));
      });
      request.open("POST", form.action);
      request.send(new FormData(form));
    }

    form.addEventListener("submit", function (event) { event.preventDefault(); send(); });
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
  }
  document.querySelectorAll("[data-drop]").forEach(Upload);
  window.addEventListener("dragover", function (event) { event.preventDefault(); });
  window.addEventListener("drop", function (event) { event.preventDefault(); });

  // ---------------------------------------------------------------- taking away

  function save(blob, name) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
  }
  function nameOf(answer) {
    var said = answer.headers.get("content-disposition") || "";
    var wide = /filename\*=utf-8''([^;]+)/i.exec(said);
    var plain = /filename="([^"]*)"/.exec(said);
    return wide ? decodeURIComponent(wide[1]) : plain ? plain[1] : "";
  }
  function take(row, address) {
    if (row.hasAttribute("aria-busy")) { return; }
    var status = document.createElement("span");
    status.className = "made";
    status.setAttribute("role", "status");
    row.setAttribute("aria-busy", "true");
    row.append(status);
    // A live region speaks of what changes in it after it is there.
    setTimeout(function () { status.textContent = "is being made…"; }, 50);
    function over() {
      row.removeAttribute("aria-busy");
      status.remove();
    }
    fetch(address, {headers: {accept: "text/html"}}).then(function (answer) {
      if (!answer.ok) {
        return answer.text().then(function (text) { say(row, faultIn(text)); });
      }
      return answer.blob().then(function (blob) { save(blob, nameOf(answer)); });
    }).catch(function () {
      say(row, told("The file did not come.", "Is the studio still running?"));
    }).then(over);
  }
  document.addEventListener("click", function (event) {
    var link = nearest(event.target, "a[data-take]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      take(link.parentElement, link.href);
    }
  });
  document.addEventListener("submit", function (event) {
    var form = nearest(event.target, "form[data-take]");
    if (form) {
      event.preventDefault();
      take(form.parentElement, form.action + "?" + new URLSearchParams(new FormData(form)));
    }
  });
})();
