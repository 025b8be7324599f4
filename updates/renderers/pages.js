// The files for the visitor's system come first. All of them are on the page without this, too.
"use strict";

(async () => {
  const agent = navigator.userAgent;
  const hints = navigator.userAgentData;
  const rules = [[/windows/i, "windows"], [/android|iphone|ipad/i, ""], [/mac/i, "macos"], [/linux|x11/i, "linux"]];
  const found = rules.find(([pattern]) => pattern.test((hints && hints.platform) || agent));
  const system = found ? found[1] : "";
  if (!system) return;

  async function processor() {
    if (hints && hints.getHighEntropyValues) {
      const { architecture, bitness } = await hints.getHighEntropyValues(["architecture", "bitness"]).catch(() => ({}));
      if (architecture === "arm") return "arm64";
      if (architecture === "x86") return bitness === "64" ? "x86_64" : "x86";
    }
    if (/arm64|aarch64/i.test(agent)) return "arm64";
    if (/x86_64|win64|wow64|amd64/i.test(agent)) return "x86_64";
    return ""; // Safari says Intel on every Mac.
  }

  const mine = await processor();
  for (const box of document.querySelectorAll(`.system[data-system="${system}"]`)) {
    box.classList.add("yours");
    box.querySelector("h4").dataset.yours = "for this computer";
    box.parentElement.prepend(box);
    const links = [...box.querySelectorAll(".download")];
    const fits = (link) => [mine, "universal", "any"].includes(link.dataset.architecture);
    if (!mine || !links.some(fits)) continue;
    for (const link of links) link.classList.toggle("other", !fits(link));
    const first = links.find(fits).closest("li");
    first.parentElement.prepend(first);
  }
})();
