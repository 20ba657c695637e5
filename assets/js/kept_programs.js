// Programs of the learner's own that something else took the place of in the editor: a button brings the last one back.
"use strict";

PP.keptPrograms = (take) => {
  const KEY = "pp-kept-programs", MOST = 20;
  const button = () => document.querySelector("#tensor-undo button");
  let programs = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");

  function keep(changed) {
    programs = changed.slice(-MOST);
    sessionStorage.setItem(KEY, JSON.stringify(programs));
    if (button()) button().hidden = !programs.length;
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#tensor-undo button") && programs.length) take(programs.at(-1));
  });

  /** A program is in the editor now, and `before` (if it was his own) no longer is. */
  return ({ code, before }) => keep([...programs, ...(before ? [before] : [])].filter((program, place, all) =>
    program.trim() !== code.trim() && all.lastIndexOf(program) === place));
};
