// Images that the network reads wrongly, each with what it is, what was read, and how sure the network was.
"use strict";

PP.mistakes = ({ element, props, watch }) => {
  const show = () => {
    element.querySelector("h3").textContent = props.value?.title ?? "";
    element.querySelector("ul").replaceChildren(...(props.value?.items ?? []).map(({ caption, confidence, pixels }) => {
      const canvas = PP.make("canvas", { width: 28, height: 28, role: "img", "aria-label": caption });
      const context = canvas.getContext("2d"), image = context.createImageData(28, 28), bytes = atob(pixels);
      for (let i = 0; i < 784; i++) image.data.set([bytes.charCodeAt(i), bytes.charCodeAt(i), bytes.charCodeAt(i), 255], 4 * i);
      context.putImageData(image, 0, 0);
      return PP.make("li", {}, canvas, caption, PP.make("br"), PP.percent(confidence, 1));
    }));
  };
  show();
  watch("value", show);
};
