import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** A variable that is set to more than white space. */
export const variable = (name: string): Effect.Effect<Option.Option<string>> =>
  Config.string(name).pipe(
    Config.map((text) => Option.liftPredicate(text.trim(), (_) => _ !== "")),
    // A variable can only be missing.
    Effect.orElseSucceed(Option.none)
  )

/** The first of several variables that is set. */
export const firstOf = (names: ReadonlyArray<string>): Effect.Effect<Option.Option<string>> =>
  Effect.map(Effect.forEach(names, variable), Option.firstSomeOf)

/** The home directory, as the shells of Unix and Windows know it. */
export const home: Effect.Effect<Option.Option<string>> = firstOf(["HOME", "USERPROFILE"])

export const join = (...parts: ReadonlyArray<string>): string =>
  parts.map((part, index) => (index === parts.length - 1 ? part : part.replace(/[/\\]+$/, ""))).join("/")
