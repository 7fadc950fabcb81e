'use strict';
/** CommonJS files in one. Node looks for each file that is required and reads and compiles it by itself: that is most of a cold start. */

const START = `
const path = require('node:path');
const loaded = new Map();

function load(name) {
  if (!loaded.has(name)) {
    const module = { exports: {} };
    loaded.set(name, module);
    const wanted = (id) => {
      const file = id.startsWith('.') && path.posix.join(path.posix.dirname(name), id);
      return !file ? require(id) : Object.hasOwn(files, file) ? load(file) : require('./' + file);
    };
    wanted.resolve = require.resolve;
    const place = path.join(__dirname, name);
    files[name].call(module.exports, module, module.exports, wanted, place, path.dirname(place));
  }
  return loaded.get(name).exports;
}
`;

/**
 * One file that does what `entry` does, in the same folder.
 *
 * @param {string} title its first comment
 * @param {string} entry
 * @param {Map<string, string>} files by their paths, `entry` among them. What they require by a relative path that is not among them
 *   is where it was; what Node or a package has, too.
 * @returns {string}
 */
function packed(title, entry, files) {
  // In parentheses V8 compiles them at once, instead of reading them a second time.
  const functions = [...files].map(
    ([file, text]) =>
      `${JSON.stringify(file)}: (function (module, exports, require, __filename, __dirname) {\n${text}\n}),\n`,
  );
  return `'use strict';
// ${title}

const files = {
${functions.join('')}};
${START}
module.exports = load(${JSON.stringify(entry)});
`;
}

module.exports = { packed };
