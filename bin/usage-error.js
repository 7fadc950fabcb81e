'use strict';

/** The command line is wrong. The message is all that the user needs. */
class UsageError extends Error {}

module.exports = { UsageError };
