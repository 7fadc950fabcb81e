'use strict';
// The pages of the documentation, taken apart.

const fs = require('node:fs');
const path = require('node:path');

/** The fenced blocks of a page in a language, with the heading above each. */
function blocks(page, language) {
  const found = [];
  let heading = page;
  const text = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', page), 'utf8');
  for (const [, title, fence, body] of text.matchAll(/^#+ (.*)$|^```(\w+)\n([\s\S]*?)^```$/gm)) {
    if (title) heading = title;
    else if (fence === language) found.push({ heading, body });
  }
  return found;
}

module.exports = { blocks };
