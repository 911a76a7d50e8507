// What the browser keeps: conversations, and whether to keep them. Nothing of it leaves the browser.

const [LIST, SWITCH] = ["conversations", "keep-conversations"];
const MOST = 50;

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is switched off
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
    return true;
  } catch {
    return false; // switched off, or full
  }
}

/** Whether conversations are kept: they are, until somebody switches it off. */
export const keeping = () => read(SWITCH) !== "no";

/** Switch the keeping on or off; off also deletes what is kept. */
export function keep(on) {
  write(SWITCH, on ? null : "no");
  if (!on) clear();
}

/** The conversations that are kept, the latest first; what is not ours or broken is left out. */
export function kept() {
  try {
    const list = JSON.parse(read(LIST) ?? "[]");
    return Array.isArray(list) ? list.filter(isConversation) : [];
  } catch {
    return [];
  }
}

/** Keep a conversation as it is now; where there is no room the oldest ones go. */
export function put(conversation) {
  if (!keeping()) return;
  const others = kept().filter(({ id }) => id !== conversation.id);
  let list = [conversation, ...others].slice(0, MOST);
  while (list.length && !write(LIST, JSON.stringify(list))) list = list.slice(0, -1);
}

/** Delete one. */
export function remove(id) {
  write(LIST, JSON.stringify(kept().filter((each) => each.id !== id)));
}

/** Delete all. */
export const clear = () => write(LIST, null);

const isText = (value) => typeof value === "string";
const isTime = (value) => typeof value === "number" && Number.isFinite(new Date(value).getTime());

function isConversation(value) {
  const { id, at, turns } = value ?? {};
  return isText(id) && isTime(at) && Array.isArray(turns) && turns.length > 0 && turns.every(isTurn);
}

function isTurn(value) {
  const { question, verdict, answers, model } = value ?? {};
  const whole = [question, model, verdict?.title].every(isText) && Array.isArray(verdict.lines) && verdict.lines.every(isText);
  return whole && Array.isArray(answers) && answers.length === 2 && answers.every((each) => isText(each?.text) && isText(each.name));
}
