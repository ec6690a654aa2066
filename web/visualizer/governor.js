// How long the screen waits after each picture in, the preview's resolution out: lower before
// pictures come late.

/** What a side of the preview is multiplied with, from best to least. */
export const SCALES = [1, 0.8, 0.6, 0.45];

const MOST_JUDGED = 30; // pictures that are judged together
const LEAST_JUDGED = 8; // where they come so slowly that more would take
const LONGEST_JUDGED = 700; // milliseconds
const LATE = 1.4; // times what the screen's pace allows
const TOO_MANY = 0.3; // share of late pictures
const PAUSE = 250; // milliseconds: longer is no late picture but a pause, or a hidden page
const POWER_SAVING = 1000 / 25; // milliseconds: screens that are held at 30 Hz come this often
const HELPED = 0.9; // of the time between pictures that is left when a lower resolution has helped
const FIRST_WAIT = 4_000; // milliseconds of calm before more is tried
const LONGEST_WAIT = 120_000;

/**
 * Watches how soon after each picture the screen is ready for another. Pure: it knows no clock.
 * @param {number} [pace] milliseconds between the pictures of a screen that is on time
 * @returns {{waited: (milliseconds: number) => void, scale: () => number}} tell `waited` how long
 *   it took from the screen's turn in which a picture was drawn to its next
 */
export function createGovernor(pace = 1000 / 60) {
  let step = 0;
  let intervals = [];
  let calm = 0; // milliseconds without late pictures
  let wait = FIRST_WAIT;
  let trying = false; // whether this step is a trial upwards
  let descent = null; // where lowering began: its step, and the mean time between pictures then
  let resting = 0; // milliseconds in which nothing is lowered, for that did not help

  function waited(milliseconds) {
    if (milliseconds > PAUSE) {
      intervals = [];
    } else if (milliseconds > 0) {
      intervals.push(milliseconds);
      judge();
    }
  }

  function judge() {
    const count = intervals.length;
    const sum = intervals.reduce((total, each) => total + each, 0);
    if (count < MOST_JUDGED && (count < LEAST_JUDGED || sum < LONGEST_JUDGED)) return;
    const late = intervals.filter((each) => each > LATE * pace).length;
    intervals = [];
    resting = Math.max(0, resting - sum);
    if (late > TOO_MANY * count) lower(sum / count);
    else settle(sum);
  }

  function lower(mean) {
    calm = 0;
    if (resting > 0) return;
    if (trying) wait = Math.min(2 * wait, LONGEST_WAIT);
    trying = false;
    descent ??= { step, mean };
    if (step < SCALES.length - 1) step += 1;
    else if (mean < POWER_SAVING && mean > HELPED * descent.mean) giveUp();
  }

  // Fewer pixels came no faster: a screen that saves power sets this pace.
  function giveUp() {
    step = descent.step;
    descent = null;
    resting = LONGEST_WAIT;
  }

  function settle(sum) {
    descent = null;
    calm += sum;
    if (calm >= FIRST_WAIT) trying = false;
    if (step === 0 || calm < wait) return;
    step -= 1;
    calm = 0;
    trying = true;
  }

  return { waited, scale: () => SCALES[step] };
}
