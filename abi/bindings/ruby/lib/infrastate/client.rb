# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

module Infrastate
  # A pointer that is freed when it was closed and nobody uses it any more.
  class Handle
    def initialize(pointer, free)
      @pointer = pointer
      @free = free
      @users = 0
      @closed = false
      @lock = Mutex.new
    end

    # Gives the pointer to the block and keeps it alive so long.
    def use
      pointer = @lock.synchronize do
        raise IOError, "it is closed" if @closed

        @users += 1
        @pointer
      end
      begin
        yield pointer
      ensure
        @lock.synchronize { @users -= 1 }
        free_if_unused
      end
    end

    def close
      @closed = true
      free_if_unused
    end

    def closed?
      @closed
    end

    private

    def free_if_unused
      pointer = @lock.synchronize do
        next nil unless @closed && @users.zero?

        @pointer.tap { @pointer = nil }
      end
      @free.call(pointer) unless pointer.nil?
    end
  end
  private_constant :Handle

  # Cancels the calls it is given to, from any thread, once and for ever.
  class Cancel
    def initialize
      pointer = Library::CANCEL_NEW.call
      raise NoMemoryError, "no memory or descriptor for a cancel token" if pointer.null?

      @handle = Handle.new(pointer, Library::CANCEL_FREE)
      ObjectSpace.define_finalizer(self, Client.finalizer(@handle))
    end

    def set
      @handle.use { |pointer| Library::CANCEL_SET.call(pointer) } unless @handle.closed?
    end

    def close
      @handle.close
    end

    def inspect
      "#<Infrastate::Cancel>"
    end

    # @api private
    def use(&block)
      @handle.use(&block)
    end
  end

  # One server and one set of credentials. The options are the library's, by their names: host,
  # access_key, access_key_file, username, password, server_certificate, timeout_ms, ... (see
  # Infrastate.describe). `logger` gets what happens, without secrets.
  class Client
    LEVELS = { 3 => :error, 4 => :warn, 6 => :info, 7 => :debug }.freeze
    private_constant :LEVELS

    # With a block: closes the client at its end.
    def self.open(**options)
      client = new(**options)
      return client unless block_given?

      begin
        yield client
      ensure
        client.close
      end
    end

    # @api private
    def self.finalizer(handle)
      proc { handle.close }
    end

    attr_reader :warnings

    def initialize(logger: nil, **options)
      # Kept as long as the client: the library calls it.
      @callback = logger && log_closure(logger)
      config = encode(options)
      answer = nil
      pointer = Library.pointer do |client|
        code, answer = Library.result do |out|
          Library::CLIENT_OPEN.call(config, config.bytesize, @callback, nil, client, out)
        end
        raise Error.for(answer) unless code.zero?
      end
      @warnings = answer["warnings"]
      @handle = Handle.new(pointer, Library::CLIENT_CLOSE)
      ObjectSpace.define_finalizer(self, self.class.finalizer(@handle))
    end

    # What apply would do. `timeout` in seconds may shorten the client's.
    def plan(resource, desired, timeout: nil, cancel: nil)
      one(Library::PLAN, { resource: resource, desired: desired }, timeout, cancel)
    end

    # Brings the resource into the desired state. The result may hold the only copy of a secret.
    def apply(resource, desired, timeout: nil, cancel: nil)
      one(Library::APPLY, { resource: resource, desired: desired }, timeout, cancel)
    end

    # What there is; for "access_key" under "keys".
    def info(resource, query = {}, timeout: nil, cancel: nil)
      one(Library::INFO, { resource: resource, query: query }, timeout, cancel)
    end

    # A batch of {resource:, desired:}. Each has its own outcome: look at ok?, or at the results.
    def plan_all(requests, timeout: nil, cancel: nil)
      batch(Library::PLAN, requests, timeout, cancel)
    end

    # As plan_all, for real.
    def apply_all(requests, timeout: nil, cancel: nil)
      batch(Library::APPLY, requests, timeout, cancel)
    end

    # Ends the connection; after the calls that still run in other threads. May be repeated.
    def close
      @handle&.close
    end

    def closed?
      @handle.nil? || @handle.closed?
    end

    def inspect
      "#<Infrastate::Client #{closed? ? 'closed' : 'open'}>"
    end

    def marshal_dump
      raise TypeError, "a Client belongs to its process and is not dumped"
    end

    private

    def one(function, request, timeout, cancel)
      code, answer = call(function, request, timeout, cancel)
      raise Error.for(answer) unless code.zero?

      Result.new(answer)
    end

    def batch(function, requests, timeout, cancel)
      _code, answer = call(function, { requests: requests }, timeout, cancel)
      raise Error.for(answer) unless answer.key?("results")

      BatchResult.new(answer)
    end

    def call(function, request, timeout, cancel)
      request = request.merge(timeout_ms: [1, (timeout * 1000).to_i].max) if timeout
      text = encode(request)
      @handle.use do |client|
        with_token(cancel) do |token|
          Library.result { |out| function.call(client, text, text.bytesize, token, out) }
        end
      end
    end

    def with_token(cancel, &block)
      cancel.nil? ? yield(nil) : cancel.use(&block)
    end

    # A Secret that goes in is seen by the library alone.
    def encode(value)
      JSON.generate(plain(value))
    end

    def plain(value)
      case value
      when Secret then value.reveal
      when Hash then value.transform_values { |each| plain(each) }
      when Array then value.map { |each| plain(each) }
      else value
      end
    end

    def log_closure(logger)
      types = [Fiddle::TYPE_VOIDP, Fiddle::TYPE_INT32_T, Fiddle::TYPE_VOIDP, Fiddle::TYPE_SIZE_T]
      Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_VOID, types) do |_user, level, text, size|
        # No exception may reach C.
        begin
          logger.public_send(LEVELS.fetch(level, :info), text[0, size].force_encoding("UTF-8"))
        rescue StandardError
          nil
        end
      end
    end
  end
end
