import type * as PathTemplate from "@effect-lro/rest/PathTemplate"
import * as Option from "effect/Option"

/**
 * The path of a template without a slash before it, each of its variables as it is to be written there.
 */
export const write = (
  template: PathTemplate.PathTemplate,
  variable: (variable: PathTemplate.Variable) => string
): string => {
  const parts = template.parts.map((part) => (part._tag === "Variable" ? variable(part) : shown(part)))
  return parts.join("/") + Option.match(template.verb, { onNone: () => "", onSome: (verb) => `:${verb}` })
}

/**
 * A variable without its pattern: each wildcard is named after the collection before it, `projects/{projectsId}`.
 */
export const flat = ({ pattern }: PathTemplate.Variable): string =>
  pattern.map((segment, index) => (segment._tag === "Literal" ? segment.text : `{${idOf(pattern, index)}}`)).join("/")

/**
 * The wildcards of a template by the names that {@link flat} gives them, and whether each may hold slashes.
 */
export const wildcards = (
  template: PathTemplate.PathTemplate
): ReadonlyArray<{ readonly name: string; readonly isMulti: boolean }> =>
  template.parts.flatMap((part) =>
    part._tag === "Variable"
      ? part.pattern.flatMap((segment, index) =>
          segment._tag === "Literal"
            ? []
            : [{ name: idOf(part.pattern, index), isMulti: segment._tag === "MultiWildcard" }]
        )
      : []
  )

const idOf = (pattern: PathTemplate.Variable["pattern"], index: number): string => {
  const before = pattern[index - 1]
  return `${before?._tag === "Literal" ? before.text : "name"}Id`
}

const shown = (segment: PathTemplate.Segment): string =>
  segment._tag === "Literal" ? segment.text : segment._tag === "Wildcard" ? "*" : "**"
