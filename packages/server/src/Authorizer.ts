/**
 * Who may do what: asked about every request for an operation or below a parent, before it is known whether there is such an
 * operation (AIP-211).
 *
 * @since 0.1.0
 */
import type { PermissionDenied } from "@effect-lro/core/OperationsError"
import * as Effect from "effect/Effect"
import type { Principal } from "./Authenticator.js"

/**
 * What is asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Access {
  readonly principal: Principal
  /**
   * As Google's services name it: to wait is to `get`, to cancel is to `update`; `call` is a further route, such as one that
   * starts an operation.
   */
  readonly permission: "get" | "list" | "update" | "delete" | "call"
  /**
   * What the operation belongs to, such as `projects/p`; empty where it belongs to nothing. For a further route what its first
   * variable holds.
   */
  readonly parent: string
  /** The operation; that a list is asked for, or a further route called, is a question about the parent alone. */
  readonly name: string | undefined
}

/**
 * Agrees or not. It may fail with a `PermissionDenied` of its own; that of the server names the permission and the resource,
 * and does not tell whether it exists.
 *
 * @since 0.1.0
 * @category models
 */
export interface Authorizer<out R = never> {
  (access: Access): Effect.Effect<boolean, PermissionDenied, R>
}

/**
 * Each principal may do everything under the parents that stand beside its id, and below them; nobody else anything.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Authorizer from "@effect-lro/server/Authorizer"
 *
 * export const authorize = Authorizer.byParent({ alice: ["projects/a", "projects/shared"], bob: ["projects/shared"] })
 * ```
 */
export const byParent = (parents: Readonly<Record<string, ReadonlyArray<string>>>): Authorizer => {
  const byPrincipal = new Map(Object.entries(parents))
  return ({ parent, principal }) =>
    Effect.succeed(
      byPrincipal.get(principal.id)?.some((own) => parent === own || parent.startsWith(`${own}/`)) ?? false
    )
}
