/**
 * A console for code that insists on one: what it logs is handed to a function, everything else is dropped.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

/**
 * Makes a console. `log` gets each logged line.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (log: (line: string) => void): Console.Console => {
  const nothing = () => Effect.void
  const unsafe = () => undefined
  return {
    [Console.TypeId]: Console.TypeId,
    log: (...words) => Effect.sync(() => log(words.map(String).join(" "))),
    assert: nothing,
    clear: Effect.void,
    count: nothing,
    countReset: nothing,
    debug: nothing,
    dir: nothing,
    dirxml: nothing,
    error: nothing,
    group: nothing,
    groupEnd: Effect.void,
    info: nothing,
    table: nothing,
    time: nothing,
    timeEnd: nothing,
    timeLog: nothing,
    trace: nothing,
    warn: nothing,
    unsafe: {
      log: (...words) => log(words.map(String).join(" ")),
      assert: unsafe,
      clear: unsafe,
      count: unsafe,
      countReset: unsafe,
      debug: unsafe,
      dir: unsafe,
      dirxml: unsafe,
      error: unsafe,
      group: unsafe,
      groupCollapsed: unsafe,
      groupEnd: unsafe,
      info: unsafe,
      table: unsafe,
      time: unsafe,
      timeEnd: unsafe,
      timeLog: unsafe,
      trace: unsafe,
      warn: unsafe
    }
  }
}
