// How far the mails of a post are, asked for while they go out.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const room = document.getElementById("mailing");
  const bar = document.getElementById("mailing-progress");
  if (!room || !bar) return;
  const counts = document.getElementById("mailing-counts");
  const ASK_AGAIN_MILLISECONDS = 1500;
  const isWaiting = (state) => state === "queued" || state === "sending";

  const show = (mailing) => {
    const all = Object.entries(mailing.counts);
    const waiting = all.filter(([state]) => isWaiting(state)).reduce((sum, [, count]) => sum + count, 0);
    bar.max = Math.max(mailing.mails, 1);
    bar.value = mailing.mails - waiting;
    bar.textContent = `${mailing.mails - waiting} of ${mailing.mails}`;
    counts.replaceChildren(...all.map(([state, count]) => {
      const row = document.createElement("div");
      const name = row.appendChild(document.createElement("dt"));
      const value = row.appendChild(document.createElement("dd"));
      name.textContent = state;
      value.textContent = count.toLocaleString();
      return row;
    }));
    document.getElementById("mailing-note").textContent =
      mailing.state === "sent" ? "All of them have gone out." : mailing.note;
  };
  const follow = async () => {
    const answer = await fetch(room.dataset.api, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok) return;
    const mailing = await answer.json();
    show(mailing);
    if (mailing.state === "running") setTimeout(follow, ASK_AGAIN_MILLISECONDS);
    else if (room.dataset.state === "running") location.reload();
  };
  follow();
});
