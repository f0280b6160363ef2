using System.Text;

namespace DataPipeline.Tokens.Decode;

/// <summary>Makes text of ids as they come. A character that later ids complete, or may change, appears with them.</summary>
internal abstract class TextDecoder
{
    /// <summary>Appends what is certain with this id.</summary>
    public abstract void Append(int id, StringBuilder output);

    /// <summary>Appends what was held back; the decoder starts anew.</summary>
    public abstract void Flush(StringBuilder output);
}

/// <summary>Text of bytes: a token is its bytes.</summary>
internal sealed class ByteDecoder(Tokenizer tokenizer, bool skipSpecialTokens) : TextDecoder
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _chars = new char[64];

    public override void Append(int id, StringBuilder output)
    {
        if (!skipSpecialTokens || !tokenizer.IsSpecial(id))
            Convert(tokenizer.BytesOf(id), flush: false, output);
    }

    public override void Flush(StringBuilder output) => Convert(default, flush: true, output);

    private void Convert(ReadOnlySpan<byte> bytes, bool flush, StringBuilder output)
    {
        if (_chars.Length < bytes.Length + 4)
            _chars = new char[bytes.Length * 2];
        output.Append(_chars, 0, _decoder.GetChars(bytes, _chars, flush));
    }
}

/// <summary>Text of tokens as a chain of steps makes it; with no chain, tokens with spaces between.</summary>
internal sealed class ChainDecoder : TextDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlyList<DecodeStep>? _steps;
    private readonly bool _skipSpecialTokens;
    private readonly Sink _sink = new();
    private DecodeState _first;

    public ChainDecoder(Tokenizer tokenizer, IReadOnlyList<DecodeStep>? steps, bool skipSpecialTokens)
    {
        (_tokenizer, _steps, _skipSpecialTokens) = (tokenizer, steps, skipSpecialTokens);
        _first = Build();
    }

    public override void Append(int id, StringBuilder output)
    {
        if (_tokenizer.IdToToken(id) is not { } token || (_skipSpecialTokens && _tokenizer.IsSpecial(id)))
            return;
        _sink.Output = output;
        _first.Push(token);
    }

    public override void Flush(StringBuilder output)
    {
        _sink.Output = output;
        _first.Finish();
        _first = Build();
    }

    private DecodeState Build()
    {
        DecodeState state = _sink;
        if (_steps is null)
            return new SpacesState { Next = state };
        for (int i = _steps.Count - 1; i >= 0; i--)
        {
            DecodeState step = _steps[i].Start();
            step.Next = state;
            state = step;
        }
        return state;
    }

    private sealed class Sink : DecodeState
    {
        public StringBuilder Output { get; set; } = new();

        public override void Push(string token) => Output.Append(token);

        public override void PushPart(string part) => Output.Append(part);

        public override void Finish()
        {
        }
    }

    private sealed class SpacesState : DecodeState
    {
        private bool _behind;

        public override void Push(string token)
        {
            Next!.Push(_behind ? " " + token : token);
            _behind = true;
        }
    }
}
