using System.Security.Cryptography;
using System.Text;
using DataPipeline.Filters;

namespace DataPipeline.Bench.Language;

/// <summary>Label and score of each line, with the same digest of labels as peers/fasttext.js. Arguments: the model, a small file, and a large one that begins with it.</summary>
/// <remarks>The peer's time is that of the large file less that of the small one, so here the lines of the small one are judged before the clock starts.</remarks>
internal sealed class IdentifyingSide : Side
{
    private readonly List<string> _first = [];
    private FastTextModel _model = null!;
    private byte[] _rest = [];

    public override void Prepare(string[] arguments)
    {
        _model = FastTextModel.Load(arguments[0]);
        byte[] small = File.ReadAllBytes(arguments[1]);
        _rest = File.ReadAllBytes(arguments[2])[small.Length..];
        Judge(small, _first);
    }

    public override Outcome Run()
    {
        var labels = new List<string>(_first);
        Judge(_rest, labels);
        return new Outcome(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', labels)))));
    }

    private void Judge(ReadOnlySpan<byte> lines, List<string> labels)
    {
        while (!lines.IsEmpty)
        {
            int length = lines.IndexOf((byte)'\n');
            labels.Add(_model.Predict(length < 0 ? lines : lines[..length])?.Label ?? "");
            lines = length < 0 ? default : lines[(length + 1)..];
        }
    }
}
