'use strict';
/**
 * `npm run set-up`: everything between a bare clone and a package that works. Each step is done once and
 * again only when what it depends on has changed; two set-ups at a time share the work.
 *
 * Uses nothing but Node itself: before the first step there is nothing else.
 */

const steps = [require('./lib/dependencies.js'), require('./lib/addon.js'), require('./lib/compiler.js')];
const { end, interrupted } = require('./lib/interrupt.js');
const { withLock } = require('./lib/lock.js');
const { progress } = require('../bin/progress.js');
const { Failure } = require('./lib/run.js');

async function setUp() {
  for (const step of steps) {
    if (!(await step.isDone())) {
      await withLock(async () => {
        // Whoever held the lock may have done it.
        if (!(await step.isDone())) {
          await progress(step.title, step.run);
        }
      }, announceWait);
    }
  }
}

function announceWait(pid) {
  console.error(`Waiting for the set-up that process ${pid} does in this folder …`);
}

/**
 * The frame of a script: what the user can mend is told without a stack, Ctrl-C ends quietly.
 *
 * @param {() => Promise<number | void>} main returns the exit code
 */
async function script(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (interrupted.aborted) {
      end();
    }
    console.error(error instanceof Failure ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

module.exports = { setUp, script };

if (require.main === module) {
  script(setUp);
}
