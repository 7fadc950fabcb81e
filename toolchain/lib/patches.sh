# What is changed in GHC's own source. Each change names the text that it replaces: another text ends the build.
# shellcheck shell=bash

# replace FILE OLD NEW: OLD is in FILE exactly once.
replace() {
  local text
  text=$(<"$1")
  case ${text#*"$2"} in
    "$text" | *"$2"*) die "the file $1 of GHC $VER does not hold this text exactly once: $2. Its source is new to recipe $recipe." ;;
  esac
  printf '%s\n' "${text/"$2"/"$3"}" >"$1.new"
  mv "$1.new" "$1"
}

# The promise of an export rejects with an error that has the exception's type too, not its text only. An asynchronous
# exception is what is inside of SomeAsyncException. lib/internal-snippets.js knows the snippet.
patch_ghc_internal() {
  local file=src/GHC/Internal/Wasm/Prim/Exports.hs
  replace $file 'import GHC.Internal.Base
' 'import GHC.Internal.Base
import GHC.Internal.Data.Typeable (cast, tyConModule, typeOf, typeRepTyCon)
'
  replace $file 'import GHC.Internal.IO
' 'import GHC.Internal.IO
import GHC.Internal.IO.Exception (SomeAsyncException (..))
'
  replace $file 'import GHC.Internal.Stable
' 'import GHC.Internal.Show (show)
import GHC.Internal.Stable
'
  replace $file '        js_promiseReject p tmp
        freeJSVal tmp_v
' '            rep = case cast err of
              Just (SomeAsyncException inner) -> typeOf inner
              Nothing -> typeOf err
            name@(JSString name_v) = toJSString $ show rep
            home@(JSString home_v) = toJSString $ tyConModule $ typeRepTyCon rep
        js_promiseReject p tmp name home
        freeJSVal tmp_v
        freeJSVal name_v
        freeJSVal home_v
'
  # shellcheck disable=SC2016 # they are the snippet's
  replace $file '"$1.reject(new WebAssembly.RuntimeError($2))"
  js_promiseReject :: JSVal -> JSString -> IO ()' \
    '"$1.reject(Object.assign(new WebAssembly.RuntimeError($2), { haskell: { type: $3, module: $4 } }))"
  js_promiseReject :: JSVal -> JSString -> JSString -> JSString -> IO ()'
}
