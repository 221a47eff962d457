# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require_relative "handle"

module Infrastate
  # Cancels the calls it is given to, from any thread or signal handler. A set token stays set.
  class Cancel < Handle
    # @raise [Infrastate::NoMemory] memory or descriptors are short
    def initialize
      super()
      answer = Answer.new
      room = Library.room
      Thread.handle_interrupt(Object => :never) do
        answer.receive { |out| Library::CANCEL_OPEN.call(room, out) }
      ensure
        own(room.ptr, Library::CANCEL_FREE)
      end
      result = Result.new(answer.fields)
      raise result.error unless result.ok?
    end

    # Does nothing if the token is closed.
    def set
      use { |token| Library::CANCEL_SET.call(token) } unless closed?
    rescue IOError # closed meanwhile
      nil
    end
  end

  # Passes log lines to a logger.
  class Log < Fiddle::Closure
    LEVELS = { 3 => :error, 4 => :warn, 6 => :info, 7 => :debug }.freeze

    def initialize(logger)
      unless LEVELS.each_value.all? { |level| logger.respond_to?(level) }
        raise TypeError, "logger: must have the methods error, warn, info and debug, as a Logger has; got #{logger.class}"
      end

      # Integers, not pointers: Fiddle would make objects of pointers, and a signal may interrupt
      # that.
      super(Fiddle::TYPE_VOID, [Fiddle::TYPE_UINTPTR_T, Fiddle::TYPE_INT32_T, Fiddle::TYPE_UINTPTR_T, Fiddle::TYPE_SIZE_T])
      @logger = logger
    end

    # C++ called this, and neither an exception nor a throw may pass through C++.
    def call(_user, level, text, size)
      method = LEVELS.fetch(level, :info)
      line = Fiddle::Pointer.new(text)[0, size].force_encoding("UTF-8")
      begin
        @logger.public_send(method, line)
      rescue StandardError # errors of the logger do not matter to the call
        nil
      end
    rescue Exception => e
      # Raised by Client#quietly when the call has ended. One is enough.
      Thread.current.raise(e) unless Thread.pending_interrupt?
    ensure
      return nil
    end
  end
  private_constant :Log

  # One server and one set of credentials. The options have the library's names: host, access_key,
  # access_key_file, username, password, server_certificate, timeout_ms, ... (see
  # Infrastate.describe). `logger` gets the log lines, without secrets, and drops those below its
  # own level. `log_level` (3 errors, 4 warnings, 6 what was done, 7 each request) drops lines
  # before they are composed.
  #
  # An access_key_file is read again when it has changed, so a client outlives the key it began
  # with.
  #
  # Calls let other threads run. An interrupt (Timeout, Thread#raise, Thread#kill, a signal) waits
  # until the call of its thread has ended. `timeout:` and `cancel:` can end a call early.
  # Infrastate.unclaimed_results has the results of interrupted calls. Ruby handles signals on the
  # main thread: to cancel by a signal, make the call in another thread.
  class Client < Handle
    # @return [Array<String>] sentences about doubtful options
    attr_reader :warnings

    # @raise [Infrastate::Error] an option is wrong, or a file that it names; nothing is sent yet
    def initialize(logger: nil, **options)
      super()
      # Referenced as long as the client exists: the library calls it.
      @log = logger.nil? ? nil : Log.new(logger)
      options = { log_level: 7, **options } unless logger.nil? # the logger's own level may change
      config = Parameters.encode(options)
      answer = Answer.new
      room = Library.room
      begin
        quietly { answer.receive { |out| Library::CLIENT_OPEN.call(config, config.bytesize, @log, nil, room, out) } }
      ensure
        own(room.ptr, Library::CLIENT_CLOSE)
      end
      result = Result.new(answer.fields)
      raise result.error unless result.ok?

      @warnings = result.warnings
    end

    # Says what apply would do.
    # @param desired [Hash] the parameters of the resource. A Symbol or Pathname is sent as its text, a
    #   Time in UTC, a Secret as the text that it hides.
    # @param timeout [Numeric, nil] seconds; may only shorten the client's
    # @param cancel [Cancel, nil]
    # @return [Result]
    # @raise [Infrastate::Error]
    def plan(resource, desired, timeout: nil, cancel: nil)
      run(Library::PLAN, { resource: resource, desired: desired }, timeout, cancel)
    end

    # Brings the resource into the desired state. The result may hold the only copy of a secret.
    # @return [Result]
    # @raise [Infrastate::Error] its `outcome` says what may have been done before the failure
    def apply(resource, desired, timeout: nil, cancel: nil)
      run(Library::APPLY, { resource: resource, desired: desired }, timeout, cancel)
    end

    # Lists what exists: for "access_key" under "access_keys", for "destination" under
    # "destinations".
    # @return [Result]
    # @raise [Infrastate::Error]
    def info(resource, query = {}, timeout: nil, cancel: nil)
      run(Library::INFO, { resource: resource, query: query }, timeout, cancel)
    end

    # Plans a batch of {resource:, desired:} or [resource, desired]. Each request has its own
    # outcome: look at ok?, or at the results.
    # @return [BatchResult]
    # @raise [Infrastate::Error] the batch as a whole was refused
    def plan_all(requests, timeout: nil, cancel: nil)
      run(Library::PLAN, { requests: Parameters.requests(requests) }, timeout, cancel)
    end

    # Like plan_all, but applies the requests.
    # @return [BatchResult]
    # @raise [Infrastate::Error] the batch as a whole was refused
    def apply_all(requests, timeout: nil, cancel: nil)
      run(Library::APPLY, { requests: Parameters.requests(requests) }, timeout, cancel)
    end

    private

    def run(function, request, timeout, cancel)
      unless cancel.nil? || cancel.is_a?(Cancel)
        raise TypeError, "cancel: must be an Infrastate::Cancel, not #{cancel.class}"
      end

      request = request.merge(timeout_ms: Parameters.milliseconds(timeout)) unless timeout.nil?
      text = Parameters.encode(request)
      result = Answer.claim do |answer|
        use do |client|
          with_token(cancel) do |token|
            quietly { answer.receive { |out| function.call(client, text, text.bytesize, token, out) } }
          end
        end
        Result.of(answer.fields)
      end
      raise result.error unless result.ok? || result.is_a?(BatchResult)

      result
    end

    def with_token(cancel, &block)
      cancel.nil? ? yield(nil) : cancel.use(&block)
    end

    # Holds interrupts back: they would leave the C++ below a logger half done. `Object` stands for
    # Thread#kill.
    def quietly(&block)
      Thread.handle_interrupt(Object => :never, &block)
    end
  end
end
