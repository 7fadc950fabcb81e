'use strict';
/**
 * Watches folders, not what is below them, also folders that come and go.
 *
 * An event is only a hint that it is time to look: systems lose some, report others twice, and have none for network
 * drives or for folders above that are moved. So there is a hint every two seconds too.
 */

const fs = require('node:fs');
const path = require('node:path');

const EVERY_MS = 2000;

class Folders {
  #onHint;
  #watchers = new Map();
  #timer;

  /** `onHint()` is called when something may have changed. */
  constructor(onHint) {
    this.#onHint = onHint;
    this.#timer = setInterval(onHint, EVERY_MS);
  }

  /** Watches these folders and no others; of one that is not there, the nearest folder above. */
  watch(folders) {
    const wanted = new Set(folders.map(nearest));
    for (const folder of this.#watchers.keys()) {
      if (!wanted.has(folder)) {
        this.#end(folder);
      }
    }
    for (const folder of wanted) {
      if (!this.#watchers.has(folder)) {
        this.#begin(folder);
      }
    }
  }

  close() {
    clearInterval(this.#timer);
    for (const folder of this.#watchers.keys()) {
      this.#end(folder);
    }
  }

  #begin(folder) {
    try {
      const watcher = fs.watch(folder, (event, name) => {
        // The folder itself has gone or moved: this watcher will say nothing more.
        if (event === 'rename' && name === path.basename(folder)) {
          this.#end(folder);
        }
        this.#onHint();
      });
      watcher.on('error', () => this.#end(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // The system has no watches left, or the folder has just gone. The timer remains.
    }
  }

  #end(folder) {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}

/** The folder, or the first above it that is there. */
function nearest(folder) {
  for (let here = folder; ; here = path.dirname(here)) {
    if (fs.statSync(here, { throwIfNoEntry: false })?.isDirectory() || here === path.dirname(here)) {
      return here;
    }
  }
}

module.exports = { Folders };
