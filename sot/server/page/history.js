// The panel of kept conversations: a list to open and delete from, and the switch.

import { clear, keep, keeping, kept, remove } from "./store.js";
import { tell } from "./told.js";

const byId = (id) => document.getElementById(id);
const WHEN = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/**
 * Let the panel work.
 * @param {{open: (kept: object) => void}} actions What is done with a conversation that is opened.
 */
export function history({ open }) {
  const [button, panel] = [byId("history"), byId("kept")];
  const toggle = (shown) => {
    panel.hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
    if (shown) list();
  };
  const list = () => {
    byId("keep").checked = keeping();
    const conversations = kept();
    byId("clear").disabled = !conversations.length;
    byId("kept-list").replaceChildren(...conversations.map(item));
  };
  const item = (conversation) => {
    const node = document.createElement("li");
    const [first, when] = [conversation.turns[0].question, WHEN.format(conversation.at)];
    const opens = make("open", first, `Open: ${first}, ${when}`, () => {
      toggle(false);
      open(conversation);
    });
    const drops = make("delete", "Delete", `Delete: ${first}`, () => {
      remove(conversation.id);
      list();
      tell("Deleted.");
      byId("kept-title").focus(); // what was pressed is no longer there
    });
    const time = document.createElement("span");
    time.className = "hint";
    time.textContent = when;
    node.append(opens, time, drops);
    return node;
  };
  button.addEventListener("click", () => toggle(panel.hidden));
  byId("keep").addEventListener("change", ({ target }) => {
    keep(target.checked);
    list();
    tell(target.checked ? "Conversations are kept from now on." : "Nothing is kept, and what was kept is deleted.");
  });
  byId("clear").addEventListener("click", () => {
    clear();
    list();
    tell("All deleted.");
    byId("kept-title").focus();
  });
}

function make(kind, words, label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `quiet ${kind}`;
  button.textContent = words;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}
