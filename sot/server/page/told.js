// What screen readers are told beside what is seen: politely, after what they are reading.

const box = () => document.getElementById("told");

/** Say a short thing that happened. */
export function tell(words) {
  const line = document.createElement("p");
  line.textContent = words;
  box().append(line);
}

/** Begin anew: what was said before is no longer there to be read. */
export const hush = () => box().replaceChildren();
