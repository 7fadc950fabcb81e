'use strict';
/** Large files from the web, into the cache folder. */

const fs = require('node:fs/promises');
const path = require('node:path');
const { randomUUID } = require('node:crypto');
const { abortion } = require('./abort.js');
const { ToolchainError } = require('./errors.js');
const { eta, megabytes } = require('./units.js');

/** How often progress is told. */
const TELL_MS = 100;

/**
 * Downloads `url` and gives `use(path)` a path of it that holds while that runs. The file has no name: nothing of it
 * is left however the process ends.
 *
 * @template T
 * @param {string} url
 * @param {{ folder: string, signal: AbortSignal | null, onProgress: (progress: object) => void }} options
 * @param {(path: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function withDownload(url, { folder, signal, onProgress }, use) {
  await fs.mkdir(folder, { recursive: true });
  const name = path.join(folder, `download-${randomUUID()}`);
  const file = await fs.open(name, 'wx+');
  try {
    await fs.unlink(name);
    await receive(url, file, { signal, onProgress });
    return await use(`/proc/self/fd/${file.fd}`);
  } finally {
    await file.close();
  }
}

async function receive(url, file, { signal, onProgress }) {
  const began = Date.now();
  let bytes = 0;
  let totalBytes;
  let told = 0;
  const tell = () => {
    told = Date.now();
    const remainingMs = eta(told - began, bytes, totalBytes);
    onProgress({ phase: 'download', message: 'the archive', bytes, totalBytes, remainingMs });
  };
  try {
    const response = await fetch(url, { signal: signal ?? undefined });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
    }
    totalBytes = Number(response.headers.get('content-length')) || undefined;
    for await (const chunk of response.body ?? []) {
      await file.appendFile(chunk);
      bytes += chunk.byteLength;
      if (Date.now() - told > TELL_MS) {
        tell();
      }
    }
    tell();
  } catch (error) {
    if (signal?.aborted) {
      throw abortion(signal, 'the download');
    }
    const far = bytes > 0 ? ` after ${megabytes(bytes, totalBytes)}` : '';
    throw new ToolchainError(
      'ERR_HS_TOOLCHAIN_INSTALL',
      `the archive ${url} could not be downloaded${far}: ${reason(error)}. Nothing of it has been kept; run the install again.`,
      { cause: error },
    );
  }
}

/** What `fetch` says, which hides the reason in `cause`. */
const reason = ({ message, cause }) => (cause?.message ? `${message} (${cause.message})` : message);

module.exports = { withDownload };
