// A form and a key go in; while it is sent its share, and at last the server's answer, come out.

import { answerOf, unreached } from "./ask.js";

const SILENCE = 60_000; // milliseconds without a sign of progress, after which a try is given up

/**
 * `fetch` tells nobody how much of a body has been sent; XMLHttpRequest does.
 * @param {string} path
 * @param {FormData} form
 * @param {{key: string, onShare?: (share: number) => void, signal?: AbortSignal}} how `key`: the same
 *   for each try, so that the server does it once
 * @returns {Promise<any>} throws Refused
 */
export function upload(path, form, { key, onShare = () => {}, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let silence = 0;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => request.abort(), SILENCE);
    };
    const stop = () => request.abort();
    request.open("POST", path);
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = ({ loaded, total }) => {
      heard();
      onShare(total > 0 ? loaded / total : 0);
    };
    request.onloadend = () => {
      clearTimeout(silence);
      signal?.removeEventListener("abort", stop);
      if (signal?.aborted) return reject(signal.reason);
      if (request.status === 0) return reject(unreached());
      try {
        return resolve(
          answerOf(request.status, request.responseText, request.getResponseHeader("Retry-After")),
        );
      } catch (error) {
        return reject(error);
      }
    };
    signal?.addEventListener("abort", stop);
    heard();
    request.send(form);
  });
}
