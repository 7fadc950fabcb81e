//! The one error type of the crate, used by every layer and using none.
//!
//! Each variant has a stable code; `lib/errors.js` holds the table from code to JavaScript class.
//! Messages say what was wanted, what was found and how to fix it. Nothing here knows Node: an
//! error crosses to JavaScript as the plain record of [`Error::record`].

use serde::Serialize;
use serde_json::{Value, json};

use crate::zdecode;

/// The result of everything that can fail in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The module could not be compiled.
    Error,
    /// The module was compiled; the code is questionable.
    Warning,
}

/// One message of the compiler about one place in the source. Lines and columns count from 1;
/// `end_column` is the column after the last character. All are `None` where the message has no place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// Path of the source file as the compiler names it.
    pub file: Option<String>,
    /// First line, from 1.
    pub line: Option<u32>,
    /// First column, from 1.
    pub column: Option<u32>,
    /// Last line, from 1.
    pub end_line: Option<u32>,
    /// The column after the last character.
    pub end_column: Option<u32>,
    /// Error or warning.
    pub severity: Severity,
    /// GHC's code, such as `GHC-83865`, or the name of a warning flag's code.
    pub code: Option<String>,
    /// The text, without the place and the code.
    pub message: String,
}

/// One frame of a guest's stack at a trap, innermost first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    /// The function's symbol from the name section, if there is one. [`Error::record`] has it as a Haskell name.
    pub function: Option<String>,
    /// Index of the function in the module.
    pub index: u32,
    /// Offset of the instruction in the wasm file, in bytes.
    pub offset: Option<usize>,
}

impl Frame {
    /// With the Haskell name of what is GHC's, and the symbol as it is.
    fn record(&self) -> Value {
        let mut record = json!(self);
        record["symbol"] = record["function"].take();
        record["function"] = json!(self.function.as_deref().map(zdecode::symbol));
        record
    }
}

/// What can go wrong. The doc of each variant ends with the JavaScript class it becomes.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No usable compiler was found. Becomes `ToolchainError`, `ERR_HS_TOOLCHAIN_NOT_FOUND`.
    #[error("{0}")]
    ToolchainNotFound(String),
    /// A compiler was found that cannot be used. Becomes `ToolchainError`, `ERR_HS_TOOLCHAIN_UNSUPPORTED`.
    #[error("{0}")]
    ToolchainUnsupported(String),
    /// The compiler could not be installed. Becomes `ToolchainError`, `ERR_HS_TOOLCHAIN_INSTALL`.
    #[error("{0}")]
    ToolchainInstall(String),
    /// The Haskell source is wrong. Becomes `CompileError`, `ERR_HS_COMPILE`.
    #[error("{message}")]
    Compile {
        /// The first error, as the compiler shows it.
        message: String,
        /// Every message of the compiler.
        diagnostics: Vec<Diagnostic>,
        /// What the compiler printed.
        stderr: String,
    },
    /// The bytes are no module that can run here. Becomes `LinkError`, `ERR_HS_INVALID_MODULE`.
    #[error("{0}")]
    InvalidModule(String),
    /// The module imports what nobody provides. Becomes `LinkError`, `ERR_HS_UNKNOWN_IMPORT`.
    #[error("{0}")]
    UnknownImport(String),
    /// The module lacks an export that was asked for. Becomes `LinkError`, `ERR_HS_MISSING_EXPORT`.
    #[error("{0}")]
    MissingExport(String),
    /// The guest called `proc_exit`. Becomes `ExitError`, `ERR_HS_EXIT`.
    #[error("the guest exited with code {0}")]
    Exit(i32),
    /// The guest trapped. Becomes `TrapError`, `ERR_HS_TRAP`.
    #[error("{message}")]
    Trap {
        /// The trap's name, such as `UnreachableCodeReached`.
        trap: String,
        /// What V8 would say, such as `unreachable`.
        message: String,
        /// The guest's stack, innermost first.
        frames: Vec<Frame>,
    },
    /// A limit was reached. Becomes `LimitError`, `ERR_HS_LIMIT`.
    #[error("{message}")]
    Limit {
        /// `memory`, `time`, `output`, `fuel` or `stack`.
        limit: &'static str,
        /// Which limit, its value and its unit.
        message: String,
    },
    /// The instance cannot be used any more. Becomes `ClosedError`, `ERR_HS_CLOSED`.
    #[error("{0}")]
    Closed(String),
    /// A setting of the process is fixed with another value. Becomes `HsWasmError`, `ERR_HS_CONFIGURED`.
    #[error("{0}")]
    Configured(String),
    /// A value was wanted at once from an instance that is waiting. Becomes `HsWasmError`, `ERR_HS_BUSY`.
    #[error("{0}")]
    Busy(String),
    /// JavaScript called back where this module cannot be re-entered. Becomes `HsWasmError`, `ERR_HS_REENTRY`.
    #[error("{0}")]
    Reentry(String),
    /// An argument or option is wrong. Becomes `TypeError`, `ERR_INVALID_ARG_VALUE`.
    #[error("{path}: {message}")]
    InvalidArg {
        /// Path of the option, such as `instantiate.options.preopens`.
        path: String,
        /// What was wanted and what was found.
        message: String,
    },
    /// A file could not be read or written. Becomes `HsWasmError`, `ERR_HS_IO`.
    #[error("{0}")]
    Io(String),
    /// The caller's signal was aborted. Becomes `AbortError`, `ABORT_ERR`.
    #[error("the operation was aborted")]
    Aborted,
    /// JavaScript threw; the thrown value stays on the JavaScript side and is thrown again there.
    #[error("a JavaScript function threw")]
    JsThrow,
    /// A fault of hs-wasm itself. Becomes `HsWasmError`, `ERR_HS_INTERNAL`.
    #[error("internal error, please report: {0}")]
    Internal(String),
}

impl Error {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ToolchainNotFound(_) => "ERR_HS_TOOLCHAIN_NOT_FOUND",
            Self::ToolchainUnsupported(_) => "ERR_HS_TOOLCHAIN_UNSUPPORTED",
            Self::ToolchainInstall(_) => "ERR_HS_TOOLCHAIN_INSTALL",
            Self::Compile { .. } => "ERR_HS_COMPILE",
            Self::InvalidModule(_) => "ERR_HS_INVALID_MODULE",
            Self::UnknownImport(_) => "ERR_HS_UNKNOWN_IMPORT",
            Self::MissingExport(_) => "ERR_HS_MISSING_EXPORT",
            Self::Exit(_) => "ERR_HS_EXIT",
            Self::Trap { .. } => "ERR_HS_TRAP",
            Self::Limit { .. } => "ERR_HS_LIMIT",
            Self::Closed(_) => "ERR_HS_CLOSED",
            Self::Configured(_) => "ERR_HS_CONFIGURED",
            Self::Busy(_) => "ERR_HS_BUSY",
            Self::Reentry(_) => "ERR_HS_REENTRY",
            Self::InvalidArg { .. } => "ERR_INVALID_ARG_VALUE",
            Self::Io(_) => "ERR_HS_IO",
            Self::Aborted => "ABORT_ERR",
            Self::JsThrow => "ERR_HS_JS_THROW",
            Self::Internal(_) => "ERR_HS_INTERNAL",
        }
    }

    /// The plain record that crosses to JavaScript: `code`, `message` and the variant's own fields.
    pub fn record(&self) -> Value {
        let mut record = match self {
            Self::Compile { diagnostics, stderr, .. } => {
                json!({ "diagnostics": diagnostics, "stderr": stderr })
            }
            Self::Exit(code) => json!({ "exitCode": code }),
            Self::Trap { trap, frames, .. } => {
                let frames: Vec<Value> = frames.iter().map(Frame::record).collect();
                json!({ "trap": trap, "frames": frames })
            }
            Self::Limit { limit, .. } => json!({ "limit": limit }),
            _ => json!({}),
        };
        record["code"] = self.code().into();
        record["message"] = self.to_string().into();
        record
    }

    /// An [`Error::Io`] that names what was attempted.
    pub fn io(what: impl std::fmt::Display, cause: &std::io::Error) -> Self {
        Self::Io(format!("{what}: {cause}"))
    }
}
