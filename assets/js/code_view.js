// A script to read, copy and download.
"use strict";

PP.codeView = ({ element, props, watch }) => {
  const t = PP.words(props.words);
  const copy = element.querySelector(".pp-copy");
  const show = () => { element.querySelector("code").innerHTML = props.value?.html ?? ""; }; // escaped by the server
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(props.value.code);
    } catch { // no clipboard without https or permission: select the text, so that one key copies it
      getSelection().selectAllChildren(element.querySelector("pre"));
      return;
    }
    copy.textContent = t("copied");
    setTimeout(() => { copy.textContent = t("copy"); }, 1500);
  });
  element.querySelector(".pp-download").addEventListener("click", () => {
    const link = PP.make("a", { href: URL.createObjectURL(new Blob([props.value.code], { type: "text/x-python" })), download: props.value.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  show();
  watch("value", show);
};
