# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

module Infrastate
  # A call that failed. `outcome` says what it may have done all the same.
  class Error < StandardError
    attr_reader :code, :detail, :field, :http_status, :outcome, :result

    # The error for a failed answer; one for a code of a later version is an InternalError.
    def self.for(answer)
      (BY_CODE[answer["code"]] || InternalError).new(answer)
    end

    def initialize(answer)
      error = answer["error"] || {}
      super(error["message"] || answer["code"].to_s)
      @code = answer["code"]
      @detail = error["detail"]
      @field = error["field"]
      @http_status = error["http_status"]
      @retryable = error["retryable"] ? true : false
      @outcome = answer["outcome"] || "unknown"
      # All that was answered; a secret too where a key was made before the failure.
      @result = Result.new(answer)
    end

    def retryable?
      @retryable
    end
  end

  BY_CODE = {
    "ARGUMENT" => :ArgumentError, "AUTH" => :AuthError, "PERMISSION" => :PermissionDenied, "NOT_FOUND" => :NotFound,
    "CONFLICT" => :Conflict, "TRANSPORT" => :TransportError, "DEADLINE" => :DeadlineExceeded, "CANCELLED" => :Cancelled,
    "SERVER" => :ServerError, "REFUSED" => :Refused, "FILE" => :FileError, "BUSY" => :Busy, "FORKED" => :Forked,
    "INTERNAL" => :InternalError, "NO_MEMORY" => :NoMemory, "UNSUPPORTED" => :Unsupported
  }.transform_values { |name| const_set(name, Class.new(Error)) }.freeze
  private_constant :BY_CODE
end
