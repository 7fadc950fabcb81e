'use strict';
/** Modules: compiled Haskell, or wasm made elsewhere. */

const path = require('node:path');
const { throwIfAborted } = require('./abort.js');
const { channels, trace } = require('./channels.js');
const { wrongValue } = require('./checks.js');
const { declarations } = require('./declarations.js');
const { LinkError } = require('./errors.js');
const { Instance, isUsers } = require('./instance.js');
const { keepCode } = require('./kept-code.js');
const { later } = require('./later.js');
const { binding, unwrap } = require('./native.js');
const { instanceOptions, precompileOptions, profileOptions } = require('./options.js');
const { Snippets } = require('./snippets.js');
const { describe } = require('./stdio.js');

const commands = later(() => require('./command.js'));
const files = later(() => require('node:fs/promises'));
const legacy = later(() => require('./legacy-exceptions.js'));
const mains = later(() => require('./main-export.js'));

/** A compiled module. Made by `compile()` and `load()`; can be instantiated any number of times. */
class Module {
  #native;
  #info;
  #snippets;
  #main;
  #name;
  #cacheFolder;

  /** @private */
  constructor(native, { name, cacheFolder, main = null, warnings = [], sources }) {
    this.#native = native;
    this.#info = JSON.parse(native.info());
    this.#snippets = new Snippets(this.#info.snippets, sources);
    this.#main = main;
    this.#name = name;
    this.#cacheFolder = cacheFolder;
    /** `'command'` or `'reactor'`. */
    this.kind = this.#info.kind;
    /** `'none'`, `'9.10'` or `'9.14'`. */
    this.abi = this.#info.abi;
    /** Whether the module's start was made when it was compiled. */
    this.preinitialized = this.#info.preinitialized;
    /** Whether the module calls or is called by JavaScript. */
    this.usesJSFFI = this.abi !== 'none';
    const declared = declarations(this.#info.declarations);
    /** The module's own exports. */
    this.exports = this.#info.exports
      .filter(({ name: exported }) => isUsers(exported))
      .map((signature) => ({ ...signature, ...declared.get(signature.name) }));
    /** What the module imports. */
    this.imports = this.#info.imports.map(({ module, name: imported }) => ({ module, name: imported }));
    /** The compiler's warnings. */
    this.warnings = warnings;
  }

  /** @private The export that runs the `main` of a program with JSFFI; nothing for other modules. */
  get mainExport() {
    return this.#main;
  }

  /** The wasm file. */
  get wasm() {
    return unwrap(this.#native.wasm());
  }

  /** Writes machine code into a folder, from which `load()` takes it by the option `codeDir`. */
  async precompile(options) {
    const { dir, cpu } = precompileOptions(options);
    return unwrap(await this.#native.precompile(dir, cpu === 'any'));
  }

  /** Makes an instance: a reactor's runtime is started, and its exports can be called. */
  async instantiate(options) {
    return this.instantiateChecked(instanceOptions(options));
  }

  /** Runs a command to its end. */
  async run(options) {
    return this.runChecked(instanceOptions(options, { command: true }));
  }

  /** Runs a command, or uses an instance made for it, and gives what came of it with profiles of all that ran in it. */
  async profile(use, options) {
    const isProgram = this.#main !== null || this.kind === 'command';
    const { wanted, use: used, options: checked } = profileOptions(use, options, { isProgram });
    const { record } = require('./profile/record.js');
    return record(this.#name, wanted, checked, async (settings) => {
      if (isProgram) {
        return this.runChecked(settings);
      }
      const instance = await this.instantiateChecked(settings);
      try {
        return await used(instance);
      } finally {
        instance.dispose();
      }
    });
  }

  /** @private */
  async runChecked(checked) {
    if (this.#main !== null || (this.kind === 'command' && (this.usesJSFFI || checked.thread === 'main'))) {
      const main = this.#main ?? '_start';
      return mains().runMain(checked, { main, name: this.#name }, (settings) => this.#open(settings));
    }
    if (this.kind !== 'command') {
      throw new LinkError(
        'ERR_HS_MISSING_EXPORT',
        `run() needs a program with a main, this is a library of exports (${this.exports.map(({ name }) => name).join(', ')}): ` +
          'call instantiate() and then an export',
      );
    }
    await this.#prepare(checked);
    const program = { name: this.#name, native: this.#native };
    const result = await commands().runCommand(program, checked, this.#world(checked));
    keepCode(this.#cacheFolder);
    return result;
  }

  /** @private */
  async instantiateChecked(checked) {
    this.#needReactor('instantiate()');
    return this.#open(checked);
  }

  /** @private For imports: see `Instance.createSync`. */
  instantiateSync(checked) {
    this.#needReactor('importing');
    return this.#told(checked, () => Instance.createSync(this.#linked(), checked, this.#world(checked)));
  }

  #needReactor(who) {
    if (this.kind === 'command') {
      throw new LinkError(
        'ERR_HS_MISSING_EXPORT',
        `${who} needs a library of exports (foreign export javascript), this is a program with a main: call run()`,
      );
    }
  }

  /** Code that counts what it executes is compiled when it is first wanted. */
  async #prepare({ fuel }) {
    if (fuel !== null) {
      unwrap(await this.#native.prepareFuel(this.#cacheFolder));
    }
  }

  #open(checked) {
    return this.#told(checked, async () => {
      await this.#prepare(checked);
      const instance = await Instance.create(this.#linked(), checked, this.#world(checked));
      keepCode(this.#cacheFolder);
      return instance;
    });
  }

  #told({ thread }, run) {
    const attributes = { 'hs_wasm.module.name': this.#name, 'hs_wasm.thread': thread };
    return trace(channels.instantiate, 'hs-wasm instantiate', attributes, run);
  }

  #linked() {
    return {
      name: this.#name,
      native: this.#native,
      info: this.#info,
      snippets: this.#snippets,
      exports: this.exports,
    };
  }

  #world({
    args,
    env,
    rtsOptions,
    preopens,
    clock,
    randomSeed,
    memoryLimitBytes,
    timeoutMs,
    sampler,
    ...streams
  }) {
    if (this.preinitialized && rtsOptions.length > 0) {
      throw wrongValue(
        'options.rtsOptions',
        "came too late: GHC's runtime was started when the module was compiled with preinitialize; give them to " +
          'compile(), as { preinitialize: { rtsOptions } }',
      );
    }
    const rts = rtsOptions.length > 0 ? ['+RTS', ...rtsOptions, '-RTS'] : [];
    return {
      args: [this.#name, ...rts, ...args],
      env: env.filter(([name, value]) => name !== 'PWD' || isWithin(value, preopens)),
      preopens,
      clock: clock ?? undefined,
      randomSeed: randomSeed ?? undefined,
      memoryLimitBytes: memoryLimitBytes ?? undefined,
      timeoutMs: timeoutMs ?? undefined,
      sampleMs: sampler?.intervalMs,
      ...describe(streams),
    };
  }
}

/**
 * Whether a path of the guest is in a preopen. GHC's runtime makes `PWD` the working folder and exits if it cannot, which
 * who hands on `process.env` does not mean.
 */
function isWithin(folder, preopens) {
  const absolute = path.posix.resolve('/', folder);
  return preopens.some(({ guest }) => `${absolute}/`.startsWith(path.posix.join('/', guest, '/')));
}

/** Compiles machine code for a wasm file, or finds it in the cache, and links it. */
function loadModule(input, how) {
  return told(input, how, () => loadTold(input, how));
}

async function loadTold({ path: file, bytes }, { cacheFolder, codeDir, tier, signal, onProgress, ...known }) {
  throwIfAborted(signal, 'the operation');
  onProgress?.({ phase: 'codegen', message: `machine code for ${file ? path.basename(file) : 'a module'}` });
  const native = await nativeModule({ file, bytes }, { cacheFolder, codeDir, tier, signal });
  throwIfAborted(signal, 'the operation');
  return new Module(native, { name: nameOf({ path: file }), cacheFolder, ...known });
}

/** The same while the thread waits. Modules with the legacy form of exceptions are not translated. */
function loadModuleSync(file, { cacheFolder, tier, ...known }) {
  return told({ path: file }, known, () => {
    const native = unwrap(binding.loadModuleSync(file, cacheFolder, tier ?? undefined));
    return new Module(native, { name: nameOf({ path: file }), cacheFolder, ...known });
  });
}

function told(input, { name = nameOf(input) }, run) {
  const attributes = { 'code.file.path': input.path, 'hs_wasm.module.name': name };
  return trace(channels.load, 'hs-wasm load', attributes, run);
}

const nameOf = ({ path: file }) => (file ? path.basename(file).replace(/\.wasm$/, '') : 'main');

async function nativeModule({ file, bytes }, { cacheFolder, codeDir, tier, signal }) {
  const compiled = async (wasm) => {
    const given = wasm ? undefined : file;
    const code = codeDir ?? undefined;
    return unwrap(await binding.loadModule(given, wasm, cacheFolder, code, tier ?? undefined));
  };
  try {
    return await compiled(bytes && Buffer.from(bytes));
  } catch (error) {
    if (!legacy().isLegacy(error)) {
      throw error;
    }
    const wasm = bytes ?? (await files().readFile(file));
    return compiled(await legacy().translate(wasm, { name: file ?? 'the module', cacheFolder, signal }));
  }
}

module.exports = { Module, loadModule, loadModuleSync };
