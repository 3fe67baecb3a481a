// How the page arrives: that it still does, or that a part of it is missing. No module, since these may be what is missing.

const {classList} = document.documentElement;
classList.add("loading"); // so much JavaScript is there; whether it is enough is known when all has arrived
addEventListener("load", () => classList.remove("loading"));

addEventListener("error", ({target}) => {
  if (target.tagName !== "SCRIPT" && target.rel !== "stylesheet") return;
  const say = () => {
    document.getElementById("unable")?.remove();
    document.getElementById("missing").hidden = false;
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", say);
  else say();
}, true);
