'use strict';
/**
 * What a module says of its exports: the JSON in its custom section `hs_wasm_exports`, which `compile()` writes
 * (`src/compiler/section.rs`; `docs/compiling.md` describes it).
 */

/** The version of the section that is understood here. */
const VERSION = 1;

/**
 * The declared exports by their names, each as far as it is what it should be. Modules come from anywhere: what is damaged
 * or newer counts as absent, since a module runs as well without it.
 *
 * @param {unknown} section the parsed JSON
 * @returns {Map<string, object>}
 */
function declarations(section) {
  const { version, exports } = Object(section);
  const list = version === VERSION && Array.isArray(exports) ? exports : [];
  return new Map(list.filter(isDeclaration).map((found) => [found.name, declaration(found)]));
}

function isDeclaration(found) {
  const { name, module, haskellName, isAsync, args, result } = Object(found);
  return (
    [name, module, haskellName, result?.type].every(isText) &&
    [isAsync, result?.io].every((flag) => typeof flag === 'boolean') &&
    Array.isArray(args) &&
    args.every(isText)
  );
}

function declaration({ module, haskellName, haskellType, isAsync, args, result, doc }) {
  return {
    module,
    haskellName,
    ...(isText(haskellType) ? { haskellType } : {}),
    isAsync,
    args,
    result: { io: result.io, type: result.type },
    ...(isText(doc) ? { doc } : {}),
  };
}

const isText = (value) => typeof value === 'string';

module.exports = { declarations };
