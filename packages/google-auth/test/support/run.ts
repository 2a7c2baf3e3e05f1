import * as AccessToken from "@effect-lro/google-auth/AccessToken"
import type * as TokenSource from "@effect-lro/google-auth/TokenSource"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { machine } from "./machine.js"

/** The token that a source gets on a machine, without repetitions. */
export const tokenOf = (
  source: TokenSource.TokenSource,
  variables: { readonly [name: string]: string } = {},
  files: { readonly [path: string]: unknown } = {}
) =>
  AccessToken.make(source, { retry: Schedule.stop }).pipe(
    Effect.flatMap((token) => token.get),
    Effect.map(Redacted.value),
    Effect.provide(machine(variables, files))
  )
