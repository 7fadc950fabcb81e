'use strict';
/** The text of the modules that stand for a `.hs` file. */

const OPEN = require.resolve('./open.js');

/** A CommonJS module: an instance is made each time it is evaluated. */
function commonJs(file) {
  return `module.exports = require(${JSON.stringify(OPEN)}).openSource(${JSON.stringify(file)});\n`;
}

/** The same as an ES module. `specify` makes a specifier of the path of a file of this package. */
function esModule(file, names, specify) {
  return `import opener from ${JSON.stringify(specify(OPEN))};
const haskell = opener.openSource(${JSON.stringify(file)});
${exported(names, (name) => `haskell[${JSON.stringify(name)}]`)}`;
}

/**
 * Export declarations; `default` is all of them. A name is an identifier of C and may be a reserved word here (`delete`), so
 * each has a variable of its own.
 */
function exported(names, expression, all = 'haskell') {
  const lines = names.map((name, n) => `const export${n} = ${expression(name)};`);
  const as = names.map((name, n) => `export${n} as ${name}`);
  return `${lines.join('\n')}\nexport { ${[...as, `${all} as default`].join(', ')} };\n`;
}

module.exports = { commonJs, esModule, exported };
