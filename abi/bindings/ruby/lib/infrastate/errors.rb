# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

module Infrastate
  # A call that failed. An argument of a wrong class raises Ruby's TypeError instead.
  class Error < StandardError
    # @return [String] one of the codes of Infrastate.describe
    attr_reader :code
    # @return [String, nil] a stable word for the cause
    attr_reader :detail
    # @return [String, nil] the parameter at fault
    attr_reader :field
    # @return [Integer, nil]
    attr_reader :http_status
    # @return [String] what may have been done before the failure: "none", "changed" or "unknown"
    attr_reader :outcome
    # @return [Result, nil] the whole answer. It holds a secret if a key was made before the failure
    attr_reader :result

    # @api private
    # The error for a failed result. A code of a later version becomes an InternalError.
    def self.for(result)
      BY_CODE.fetch(result.code, InternalError).new(result: result)
    end

    def initialize(message = nil, result: nil)
      error = result&.[]("error") || {}
      super(message || error["message"] || result&.code)
      @code = result&.code || BY_CODE.key(self.class)
      @detail = error["detail"]
      @field = error["field"]
      @http_status = error["http_status"]
      @retryable = error["retryable"] ? true : false
      @outcome = result&.outcome || "unknown"
      @result = result
    end

    # Whether the same call may succeed later.
    def retryable?
      @retryable
    end
  end

  class ArgumentError < Error; end
  class AuthError < Error; end
  class PermissionDenied < Error; end
  class NotFound < Error; end
  class Conflict < Error; end
  class TransportError < Error; end
  class DeadlineExceeded < Error; end
  class Cancelled < Error; end
  class ServerError < Error; end
  class Refused < Error; end
  class FileError < Error; end
  class Busy < Error; end
  class Forked < Error; end
  class InternalError < Error; end
  class NoMemory < Error; end
  class Unsupported < Error; end

  BY_CODE = {
    "ARGUMENT" => ArgumentError, "AUTH" => AuthError, "PERMISSION" => PermissionDenied, "NOT_FOUND" => NotFound,
    "CONFLICT" => Conflict, "TRANSPORT" => TransportError, "DEADLINE" => DeadlineExceeded, "CANCELLED" => Cancelled,
    "SERVER" => ServerError, "REFUSED" => Refused, "FILE" => FileError, "BUSY" => Busy, "FORKED" => Forked,
    "INTERNAL" => InternalError, "NO_MEMORY" => NoMemory, "UNSUPPORTED" => Unsupported
  }.freeze
  private_constant :BY_CODE
end
