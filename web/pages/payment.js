/** Waits for a payment that is not confirmed yet: webhooks may be late. */

const waiting = document.querySelector("[data-payment]");
let pause = 3000; // milliseconds; longer each time, as the server allows some questions an hour

async function ask() {
  const answer = await fetch(`/api/payments/${waiting.dataset.payment}`).catch(() => null);
  if (answer?.ok && (await answer.json()).status !== "created") {
    location.reload();
    return;
  }
  pause = Math.min(pause * 1.2, 60000);
  setTimeout(ask, pause);
}

if (waiting) setTimeout(ask, pause);
