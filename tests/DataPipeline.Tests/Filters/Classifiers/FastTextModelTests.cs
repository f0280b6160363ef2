using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

/// <summary>Labels and scores against fastText's own program: small models of every kind made by fasttext/make.sh, and lid.176.ftz.</summary>
public sealed class FastTextModelTests
{
    private static string Folder => Path.Combine(Requirements.Root, "tests", "DataPipeline.Tests", "Filters", "fasttext");

    [Theory]
    [InlineData("softmax.bin")]
    [InlineData("hs.bin")]
    [InlineData("ns.bin")]
    [InlineData("ova.bin")]
    [InlineData("plain.bin")]
    [InlineData("quantized.ftz")]
    [InlineData("quantized-output.ftz")]
    public void Predict_SmallModels_EqualsFastText(string model) => Compare(Path.Combine(Folder, model), model + ".expected", 4);

    [SharedFact("golden")]
    public void Predict_Lid176_EqualsFastText() => Compare(Golden.Path("data", "langid", "lid.176.ftz"), "lid.176.ftz.expected", 3);

    [Fact]
    public void Predict_LineEnds_CountAsSpaces()
    {
        FastTextModel model = FastTextModel.Load(Path.Combine(Folder, "softmax.bin"));
        Assert.Equal(model.Predict("the bridge over the river"), model.Predict("the\nbridge\r\nover the\triver\n"));
    }

    [Fact]
    public void Load_EveryTruncation_IsAnInputException()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(Folder, "quantized.ftz"));
        for (int length = 0; length < whole.Length; length += 37)
        {
            var error = Assert.Throws<InputException>(() => FastTextModel.Load(new MemoryStream(whole[..length]), "cut.ftz"));
            Assert.StartsWith("cut.ftz: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_FlippedBytes_LoadsOrIsAnInputException()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(Folder, "quantized.ftz"));
        for (int at = 0; at < 200; at++)
        {
            byte[] broken = [.. whole];
            broken[at] ^= 0x41;
            try
            {
                FastTextModel.Load(new MemoryStream(broken), "broken.ftz").Predict("the river");
            }
            catch (InputException)
            {
            }
        }
    }

    [Theory]
    [InlineData(8)] // dim
    [InlineData(64)] // entries
    [InlineData(68)] // words
    [InlineData(72)] // labels
    [InlineData(84)] // kept rows
    public void Load_HugeNumberInTheHeader_IsAnInputExceptionThatTakesNoMemory(int at)
    {
        byte[] lying = File.ReadAllBytes(Path.Combine(Folder, "quantized.ftz"));
        BitConverter.TryWriteBytes(lying.AsSpan(at), 0x7fff_fff0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InputException>(() => FastTextModel.Load(new MemoryStream(lying), "lying.ftz"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void Load_ManyBucketsOfWhichFewWereKept_TakesNoMemory()
    {
        byte[] many = File.ReadAllBytes(Path.Combine(Folder, "quantized.ftz"));
        BitConverter.TryWriteBytes(many.AsSpan(40), 0x7fff_fff0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.NotNull(FastTextModel.Load(new MemoryStream(many), "many.ftz").Predict("the river"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    /// <summary>Sixteen starts at a time against one after the other: scripts of one to four bytes, words longer than a vector, broken bytes.</summary>
    [Theory]
    [InlineData(1, 5, 1_000_000u)]
    [InlineData(2, 4, 2_000_000u)]
    [InlineData(3, 3, 7u)]
    [InlineData(1, 1, 1u << 20)]
    [InlineData(2, 40, 2_147_483_647u)]
    public void SubwordHashes_AnyWord_EqualOneByOne(int minn, int maxn, uint bucket)
    {
        string[] alphabet = ["a", "Z", "é", "ж", "中", "か", "ก", "한", "😀", "abcdefghijklmnopqrstuvwxyz", "привет"];
        var chance = new Random(5);
        for (int round = 0; round < 3000; round++)
        {
            byte[] word = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 1 + chance.Next(12)).Select(_ => alphabet[chance.Next(alphabet.Length)])));
            if (round % 5 == 0)
                word[chance.Next(word.Length)] = (byte)(0x80 + chance.Next(0x80));
            var hashed = new HashedRows(bucket);
            int[] twin = new int[(word.Length + 2) * maxn + SubwordHashes.Room], ours = new int[twin.Length];
            int expected = SubwordHashes.OneByOne(word, minn, maxn, hashed, twin), found = SubwordHashes.Buckets(word, minn, maxn, hashed, ours);
            Assert.Equal(twin.Take(expected).Order(), ours.Take(found).Order());
        }
    }

    private static void Compare(string modelPath, string expectedFile, int k)
    {
        FastTextModel model = FastTextModel.Load(modelPath);
        string[] sentences = File.ReadAllLines(Path.Combine(Folder, "sentences.txt")), expected = File.ReadAllLines(Path.Combine(Folder, expectedFile));
        Assert.Equal(sentences.Length, expected.Length);
        for (int i = 0; i < sentences.Length; i++)
        {
            string[] fields = expected[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            IReadOnlyList<Prediction> ours = model.Predict(sentences[i], k);
            Assert.Equal(fields.Length / 2, ours.Count);
            for (int j = 0; j < ours.Count; j++)
            {
                double score = double.Parse(fields[2 * j + 1], CultureInfo.InvariantCulture);
                Assert.Equal(score, ours[j].Score, 1e-5);
                // fastText leaves the order of equal scores to its heap.
                bool tied = fields.Where((_, f) => f % 2 == 1).Count(f => Math.Abs(double.Parse(f, CultureInfo.InvariantCulture) - score) < 2e-5) > 1;
                Assert.True(tied || fields[2 * j] == "__label__" + ours[j].Label, $"{sentences[i]}: {ours[j].Label}, expected {fields[2 * j]}");
            }
        }
    }
}
