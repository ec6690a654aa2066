/** A render's picture, put in place of its look's colours as soon as there is one. */

/**
 * @param {HTMLElement} place whose first child is what is shown now
 * @param {{id: string, poster: string | null}} state as /api/jobs/ID/status tells
 */
export function picture(place, { id, poster }) {
  if (!poster || place.dataset.poster === poster) return;
  place.dataset.poster = poster;
  const image = new Image();
  image.alt = "";
  image.src = `/videos/${id}/poster?v=${poster}`;
  image.decode().then(
    () => place.firstElementChild.replaceWith(image),
    () => delete place.dataset.poster, // the next news tries again
  );
}
