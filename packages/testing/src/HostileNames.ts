/**
 * Names that must never reach a URL, and unusual ones that must get there unharmed.
 *
 * @since 0.1.0
 */

/**
 * A name and what it is an example of.
 *
 * @since 0.1.0
 * @category models
 */
export interface Example {
  readonly what: string
  readonly name: string
}

/**
 * Names that every provider refuses with `InvalidName` before anything is sent: each would leave its collection, break the
 * request line, or be too long for one.
 *
 * @since 0.1.0
 * @category tables
 */
export const hostile: ReadonlyArray<Example> = [
  { what: "nothing", name: "" },
  { what: "a slash", name: "/" },
  { what: "a leading slash", name: "/projects/demo/operations/A" },
  { what: "a trailing slash", name: "projects/demo/operations/A/" },
  { what: "an empty segment", name: "projects//operations/A" },
  { what: "an empty segment before the id", name: "projects/demo/operations//A" },
  { what: "the parent folder", name: "projects/demo/operations/.." },
  { what: "the parent folder in the middle", name: "projects/demo/operations/../../other/operations/A" },
  { what: "the same folder", name: "projects/demo/operations/." },
  { what: "the parent folder, percent-encoded", name: "projects/demo/operations/%2e%2e" },
  { what: "the parent folder, percent-encoded in capitals", name: "projects/demo/operations/%2E%2E/A" },
  { what: "the parent folder, half encoded", name: "projects/demo/operations/.%2e" },
  { what: "the same folder, percent-encoded", name: "projects/demo/operations/%2e" },
  { what: "a NUL", name: "projects/demo/operations/A\u0000" },
  { what: "a line break", name: "projects/demo/operations/A\nB" },
  { what: "a header injection", name: "projects/demo/operations/A HTTP/1.1\r\nX-Injected: yes\r\n\r\nB" },
  { what: "a tab", name: "projects/demo/operations/A\tB" },
  { what: "a delete character", name: "projects/demo/operations/A\u007f" },
  { what: "a C1 control character", name: "projects/demo/operations/A\u0085" },
  { what: "a line separator", name: "projects/demo/operations/A\u2028B" },
  { what: "half of a surrogate pair", name: "projects/demo/operations/A\ud800" },
  { what: "the other half of a surrogate pair", name: "projects/demo/operations/\udc00A" },
  { what: "an absolute URL", name: "https://example.com/v1/projects/demo/operations/A" },
  { what: "a host without a scheme", name: "//example.com/operations/A" },
  { what: "1,025 bytes", name: `projects/demo/operations/${"A".repeat(1000)}` },
  { what: "1,025 bytes in fewer characters", name: `projects/demo/operations/${"é".repeat(500)}` },
  { what: "a hundred kilobytes", name: `projects/demo/operations/${"A".repeat(100_000)}` }
]

/**
 * Ids that are unusual and allowed. Each must survive the way to a server and back as it is.
 *
 * @since 0.1.0
 * @category tables
 */
export const unusualIds: ReadonlyArray<Example> = [
  { what: "a colon", name: "a:b" },
  { what: "what looks like a verb", name: "a:cancel" },
  { what: "what looks like two verbs", name: "a:cancel:cancel" },
  { what: "an encoded slash", name: "a%2Fb" },
  { what: "an encoded colon", name: "a%3Ab" },
  { what: "a percent sign", name: "50%" },
  { what: "an encoding of an encoding", name: "a%252Fb" },
  { what: "a question mark and a hash", name: "a?b#c" },
  { what: "a query", name: "a?alt=media&key=b" },
  { what: "a space", name: "a b" },
  { what: "a plus", name: "a+b" },
  { what: "an at sign", name: "user@example.com" },
  { what: "three dots", name: "..." },
  { what: "dots within", name: "a..b" },
  { what: "quotes and brackets", name: "a\"b'c[d]{e}<f>" },
  { what: "a backslash", name: "a\\b" },
  { what: "a letter beyond ASCII", name: "é" },
  { what: "the same letter of two characters", name: "e\u0301" },
  { what: "a script from right to left", name: "שלום" },
  { what: "an emoji", name: "🛰️" }
]

/**
 * Ids of several segments, for services whose template ends in `operations/**`. Others refuse them as invalid names.
 *
 * @since 0.1.0
 * @category tables
 */
export const segmentedIds: ReadonlyArray<Example> = [
  { what: "a slash", name: "a/b" },
  { what: "slashes and a colon", name: "a/b:c/d" },
  { what: "a slash and the word operations", name: "a/operations/b" }
]

/**
 * Parents that hold a colon: projects whose id is scoped to a domain.
 *
 * @since 0.1.0
 * @category tables
 */
export const unusualParents: ReadonlyArray<Example> = [
  { what: "a project scoped to a domain", name: "projects/example.com:demo" },
  { what: "a project number", name: "projects/123456789012" }
]
