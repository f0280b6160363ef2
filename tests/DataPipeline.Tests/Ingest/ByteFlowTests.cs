using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Tests.Ingest;

public sealed class ByteFlowTests
{
    private static byte[] Gzip(byte[] bytes)
    {
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return stored.ToArray();
    }

    private static byte[] All(ByteFlow flow)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[777];
        for (int read; (read = flow.Read(buffer)) > 0;)
            all.Write(buffer, 0, read);
        return all.ToArray();
    }

    private static byte[] Noise(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [Fact]
    public void Fill_Cancelled_EndsInTheMiddleOfAMember()
    {
        using var stop = new CancellationTokenSource();
        using var flow = new ByteFlow(new MemoryStream(Gzip(Noise(1_000_000, 1))), 1000, cancel: stop.Token);
        Assert.True(flow.Ensure(1000));
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => flow.Ensure(1_000_000));
    }

    [Fact]
    public void Read_SeveralGzipMembers_JoinsThemAndKnowsTheirOffsets()
    {
        byte[] a = Gzip(Noise(100_000, 1)), b = Gzip(Noise(300_000, 2));
        using var flow = new ByteFlow(new MemoryStream([.. a, .. b]), 1000);
        Assert.True(flow.Ensure(400_000));
        Assert.Equal(0, flow.Offset);
        flow.Advance(100_000);
        Assert.Equal(a.Length, flow.Offset);
        flow.Advance(300_000);
        Assert.False(flow.Fill());
        Assert.Null(flow.Damage);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 100_000)]
    [InlineData(100_000, 3)]
    [InlineData(1 << 17, 1 << 16)]
    public void Step_BothGzipLibraries_GiveTheSame(int input, int output)
    {
        Assert.True(RuntimeGzip.IsThere);
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5_000).Select(i => $"line {i % 37}, "))), member = Gzip(text);
        byte[] broken = [.. member], cut = member[..^9], behind = [.. member, 1, 2, 3];
        broken[member.Length / 2] ^= 0x10;
        foreach (byte[] stored in (byte[][])[member, broken, cut, behind])
        {
            using var runtime = new RuntimeGzip();
            using var system = new SystemGzip();
            (byte[] Bytes, CodecStatus Status, int Used) ours = Decoded(runtime, stored, input, output), theirs = Decoded(system, stored, input, output);
            // In a broken member each notices when it does.
            Assert.Equal(theirs.Status, ours.Status);
            if (ours.Status == CodecStatus.Corrupt)
                continue;
            Assert.Equal(theirs.Bytes, ours.Bytes);
            Assert.Equal(theirs.Used, ours.Used);
            runtime.Reset();
            Assert.Equal(text, Decoded(runtime, member, input, output).Bytes);
        }

        static (byte[] Bytes, CodecStatus Status, int Used) Decoded(Codec codec, byte[] stored, int input, int output)
        {
            using var all = new MemoryStream();
            byte[] room = new byte[output];
            int used = 0;
            while (true)
            {
                CodecStatus status = codec.Step(stored.AsSpan(used, Math.Min(input, stored.Length - used)), out int consumed, room, out int written);
                used += consumed;
                all.Write(room, 0, written);
                if (status != CodecStatus.More || consumed == 0 && written == 0)
                    return (all.ToArray(), status, used);
            }
        }
    }

    [Fact]
    public void Resume_CorruptMiddleMember_GoesOnAtTheNext()
    {
        byte[] a = Gzip(Noise(50_000, 1)), b = Gzip(Noise(50_000, 2)), c = Gzip(Encoding.UTF8.GetBytes("the third"));
        b[20_000] ^= 0x55;
        using var flow = new ByteFlow(new MemoryStream([.. a, .. b, .. c]), 1000);
        _ = All(flow);
        Assert.Equal("corrupt_gzip", flow.Damage?.Reason);
        Assert.Equal(a.Length, flow.Damage?.Offset);
        flow.Resume();
        Assert.Equal("the third", Encoding.UTF8.GetString(All(flow)));
        Assert.Null(flow.Damage);
    }

    [Fact]
    public void Read_CutMember_IsTruncated()
    {
        byte[] a = Gzip(Noise(5000, 1));
        using var flow = new ByteFlow(new MemoryStream(a[..^20]), 1000);
        _ = All(flow);
        Assert.Equal("truncated_gzip", flow.Damage?.Reason);
        flow.Resume();
        Assert.False(flow.Fill());
        Assert.Null(flow.Damage);
    }

    [Fact]
    public void Read_Bomb_StopsAtTheRatio()
    {
        byte[] bomb = Gzip(new byte[50_000_000]);
        using var flow = new ByteFlow(new MemoryStream(bomb), 100);
        long read = All(flow).Length;
        Assert.Equal("decompression_bomb", flow.Damage?.Reason);
        Assert.True(read < 10_000_000);
    }

    [Theory]
    [InlineData("gzip", "-c")]
    [InlineData("xz", "-c")]
    [InlineData("bzip2", "-c")]
    [InlineData("zstd", "-c")]
    [InlineData("lz4", "-c")]
    public void Read_WhatTheToolWrote_IsTheSame(string tool, string arguments)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool))))
        {
            Console.WriteLine($"skipped: the program {tool} is not on this machine");
            return;
        }
        byte[] plain = [.. Noise(70_000, 3), .. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("over and over ", 20_000)))];
        using var folder = new Temporary();
        string path = folder.Write("plain", plain);
        byte[] stored = Output(tool, arguments, path);
        using var flow = new ByteFlow(new MemoryStream([.. stored, .. stored]), 1000);
        Assert.True(flow.IsCompressed);
        Assert.Equal([.. plain, .. plain], All(flow));
        Assert.Null(flow.Damage);
        for (int cut = 1; cut < stored.Length; cut += stored.Length / 7)
        {
            using var part = new ByteFlow(new MemoryStream(stored[..cut]), 1000);
            _ = All(part);
        }
    }

    [Fact]
    public void Read_FlippedBytes_NeverThrowsAndEnds()
    {
        byte[] good = [.. Gzip(Noise(3000, 1)), .. Gzip(Noise(3000, 2)), .. Gzip(Noise(3000, 3))];
        var random = new Random(7);
        for (int round = 0; round < 300; round++)
        {
            byte[] bad = [.. good];
            for (int flips = random.Next(1, 6); flips > 0; flips--)
                bad[random.Next(bad.Length)] ^= (byte)random.Next(1, 256);
            using var flow = new ByteFlow(new MemoryStream(bad), 1000);
            int damages = 0;
            do
            {
                _ = All(flow);
                if (flow.Damage is null)
                    break;
                flow.Resume();
                damages++;
            }
            while (damages < 1000);
            Assert.True(damages < 1000);
        }
    }

    private static byte[] Output(string tool, string arguments, string path)
    {
        var start = new ProcessStartInfo(tool) { RedirectStandardOutput = true };
        start.ArgumentList.Add(arguments);
        start.ArgumentList.Add(path);
        using Process process = Process.Start(start)!;
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return output.ToArray();
    }
}
