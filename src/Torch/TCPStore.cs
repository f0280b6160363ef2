using System.Text;

namespace DataPipeline.Torch;

/// <summary>Keys and values that all processes of a group see: one process holds them, the others ask it over TCP. A process whose holder is gone gets an error at its next call.</summary>
public sealed unsafe class TCPStore : IDisposable
{
    private nint handle;

    /// <summary>Opens a store or joins one.</summary>
    /// <param name="host">The host that holds it.</param>
    /// <param name="port">Its port; 0 takes a free one, for the holder only.</param>
    /// <param name="isMaster">Whether this process holds it.</param>
    /// <param name="timeout">How long to wait for the holder, and for a key.</param>
    /// <param name="prefix">Stands before every key, so that several runs can share a store.</param>
    /// <exception cref="TorchException">The port is taken, or the holder does not answer in time.</exception>
    public TCPStore(string host, int port, bool isMaster, TimeSpan timeout, string prefix = "")
    {
        torch.distributed.RequireBackend();
        (Host, handle) = (host, Native.dp_store_new(host, port, isMaster ? 1 : 0, (long)timeout.TotalMilliseconds, prefix));
        if (handle == 0) throw new TorchException(Native.LastError());
        Port = Native.dp_store_port(handle);
    }

    /// <summary>The host that holds it.</summary>
    public string Host { get; }

    /// <summary>Port of the holder.</summary>
    public int Port { get; }

    internal nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(TCPStore));

    /// <summary>Puts a value under a key.</summary>
    public void set(string key, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* b = bytes) Native.Check(Native.dp_store_set(Handle, key, b, bytes.Length));
    }

    /// <summary>The value under a key, waited for.</summary>
    /// <exception cref="TorchException">It is not there in time.</exception>
    public string get(string key)
    {
        var bytes = new byte[1 << 12];
        while (true)
        {
            int length;
            fixed (byte* b = bytes) length = Native.dp_store_get(Handle, key, b, bytes.Length);
            Native.Check(length);
            if (length <= bytes.Length) return Encoding.UTF8.GetString(bytes, 0, length);
            bytes = new byte[length];
        }
    }

    /// <summary>Whether a key has a value.</summary>
    public bool check(string key)
    {
        int found = Native.dp_store_check(Handle, key);
        Native.Check(found);
        return found != 0;
    }

    /// <summary>Leaves the store; what a holder leaves is gone.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref handle, 0) is var left && left != 0) Native.dp_store_free(left);
    }
}
