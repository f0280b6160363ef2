using System.Buffers.Binary;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Train.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("safetensors").FullName;
    private readonly DisposeScope scope = Missing.Torch is null ? torch.NewDisposeScope() : null!;

    public void Dispose()
    {
        scope?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [TorchFact]
    public void Write_EveryType_ReadsBackTheSameBytes()
    {
        Tensor values = torch.tensor<double>([0, 1, -2.5, 3e4, -7, 100], [2, 3]);
        ScalarType[] types = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32];
        Weight[] written = [.. types.Select(t => new Weight($"w.{t}", values.to(t))), new Weight("scalar", torch.scalar(4)), new Weight("empty", torch.zeros([0, 4])), new Weight("turned", values.transpose(0, 1))];
        string path = Path.Combine(folder, "a.safetensors");

        Safetensors.Write(path, written);
        IReadOnlyList<Weight> read = Safetensors.Read(path);

        Assert.Equal(written.Select(w => w.Name), read.Select(w => w.Name));
        foreach ((Weight before, Weight after) in written.Zip(read))
        {
            Assert.Equal(before.Value.dtype, after.Value.dtype);
            Assert.Equal(before.Value.shape, after.Value.shape);
            Assert.Equal(before.Value.Values(), after.Value.Values());
        }
    }

    [TorchFact]
    public void Write_OneTensor_HasTheDocumentedBytes()
    {
        string path = Path.Combine(folder, "a.safetensors");
        Safetensors.Write(path, [new Weight("x", torch.tensor<float>([1, 2], [2]))]);

        byte[] bytes = File.ReadAllBytes(path);
        long header = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, header % 8);
        Assert.Equal("""{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", Encoding.UTF8.GetString(bytes, 8, (int)header).TrimEnd());
        Assert.Equal([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], bytes[(8 + (int)header)..]);
    }

    [TorchTheory]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "have" /* cut by a byte */)]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "have" /* a byte too many */)]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "needs 12 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", 8, "beyond 64 bits")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "negative dimension")]
    [InlineData("""{"x":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", 8, "unknown type 'Q4'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "offsets 8 to 0")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "inside its neighbour")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "after a hole")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "not a safetensors header")]
    [InlineData("""[1]""", 0, "not a safetensors header")]
    [InlineData("""{"x":""", 0, "not a safetensors header")]
    public void Read_BadFile_NamesFileAndFault(string header, int dataBytes, string fault)
    {
        string path = Path.Combine(folder, "bad.safetensors");
        byte[] json = Encoding.UTF8.GetBytes(header), bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(path, bytes);

        InputException error = Assert.Throws<InputException>(() => Safetensors.Read(path));

        Assert.StartsWith(path, error.Message);
        Assert.Contains(fault == "have" ? "the file has" : fault, error.Message);
    }

    [TorchTheory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1 })]
    public void Read_NoHeader_IsAnInputError(byte[] bytes)
    {
        string path = Path.Combine(folder, "bad.safetensors");
        File.WriteAllBytes(path, bytes);

        Assert.Throws<InputException>(() => Safetensors.Read(path));
    }

    [TorchFact]
    public void Read_AnyFlippedByte_ReadsOrRefuses()
    {
        string path = Path.Combine(folder, "good.safetensors"), bad = Path.Combine(folder, "bad.safetensors");
        Safetensors.Write(path, [new Weight("a", torch.ones([3])), new Weight("b", torch.ones([2, 2], torch.int64))]);
        byte[] good = File.ReadAllBytes(path);

        Prop.ForAll(Gen.Choose(0, good.Length - 1).Zip(Gen.Choose(0, 255)).ToArbitrary(), change =>
        {
            byte[] changed = [.. good];
            changed[change.Item1] = (byte)change.Item2;
            File.WriteAllBytes(bad, changed);
            using var inner = torch.NewDisposeScope();
            try
            {
                Safetensors.Read(bad);
            }
            catch (InputException)
            {
            }
        }).QuickCheckThrowOnFailure();
    }
}
