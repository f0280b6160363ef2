using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using DataPipeline.Core;

namespace DataPipeline.Tokens.SentencePiece;

/// <summary>What a piece of a SentencePiece model is.</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>How a SentencePiece model makes pieces.</summary>
internal enum ModelType
{
    Unigram = 1,
    Bpe = 2,
    Word = 3,
    Char = 4,
}

/// <summary>A piece.</summary>
internal sealed record Piece(byte[] Bytes, float Score, PieceType Type);

/// <summary>How text is normalized before it is cut, or after it is put together.</summary>
internal sealed record NormalizerSpec
{
    public byte[] CharsMap { get; init; } = [];
    public bool AddDummyPrefix { get; init; } = true;
    public bool RemoveExtraWhitespaces { get; init; } = true;
    public bool EscapeWhitespaces { get; init; } = true;
}

/// <summary>A SentencePiece .model file: protocol buffers, of which only what decides ids and text is read.</summary>
internal sealed class SentencePieceFile
{
    private const int MaxBytes = 1 << 28, MaxPieces = 1 << 22, MaxPieceBytes = 8000;
    private readonly string _path;

    private SentencePieceFile(string path) => _path = path;

    public List<Piece> Pieces { get; } = [];
    public NormalizerSpec Normalizer { get; private set; } = new();
    public NormalizerSpec? Denormalizer { get; private set; }
    public ModelType Model { get; private set; } = ModelType.Unigram;
    public bool SuffixWhitespace { get; private set; }
    public bool ByteFallback { get; private set; }
    public string UnknownSurface { get; private set; } = " \u2047 ";

    /// <exception cref="InputException">The file is no model, or broken.</exception>
    public static SentencePieceFile Read(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
            throw new InputException($"{path}: larger than {MaxBytes:N0} bytes: this is no SentencePiece model");
        SentencePieceFile file = new(path);
        file.ReadModel(File.ReadAllBytes(path));
        file.Check();
        return file;
    }

    private InputException Broken(string what) => new($"{_path}: {what}: this is no SentencePiece model, or it is broken: get the file again");

    private void ReadModel(ReadOnlySpan<byte> model)
    {
        Fields fields = new(model);
        while (fields.Next(this))
        {
            switch (fields.Number)
            {
                case 1:
                    Pieces.Add(ReadPiece(fields.Bytes));
                    if (Pieces.Count > MaxPieces)
                        throw Broken($"more than {MaxPieces:N0} pieces");
                    break;
                case 2:
                    ReadTrainer(fields.Bytes);
                    break;
                case 3:
                    Normalizer = ReadNormalizer(fields.Bytes);
                    break;
                case 5:
                    Denormalizer = ReadNormalizer(fields.Bytes);
                    break;
            }
        }
    }

    private Piece ReadPiece(ReadOnlySpan<byte> message)
    {
        Fields fields = new(message);
        byte[] bytes = [];
        float score = 0;
        ulong type = 1;
        while (fields.Next(this))
        {
            if (fields.Number == 1)
                bytes = fields.Bytes.ToArray();
            else if (fields.Number == 2)
                score = BitConverter.UInt32BitsToSingle((uint)fields.Value);
            else if (fields.Number == 3)
                type = fields.Value;
        }
        if (type is < 1 or > 6)
            throw Broken($"piece {Pieces.Count} is of type {type}");
        if (bytes.Length is 0 or > MaxPieceBytes || bytes.AsSpan().Contains((byte)0) || !Utf8.IsValid(bytes))
            throw Broken($"piece {Pieces.Count} is empty, too long, or no text");
        return new Piece(bytes, score, (PieceType)type);
    }

    private void ReadTrainer(ReadOnlySpan<byte> message)
    {
        Fields fields = new(message);
        while (fields.Next(this))
        {
            switch (fields.Number)
            {
                case 3:
                    Model = fields.Value is >= 1 and <= 4 ? (ModelType)fields.Value : throw Broken($"a model of type {fields.Value}");
                    break;
                case 24:
                    SuffixWhitespace = fields.Value != 0;
                    break;
                case 35:
                    ByteFallback = fields.Value != 0;
                    break;
                case 44:
                    UnknownSurface = Encoding.UTF8.GetString(fields.Bytes);
                    break;
            }
        }
    }

    private NormalizerSpec ReadNormalizer(ReadOnlySpan<byte> message)
    {
        Fields fields = new(message);
        NormalizerSpec spec = new();
        while (fields.Next(this))
        {
            spec = fields.Number switch
            {
                2 => spec with { CharsMap = fields.Bytes.ToArray() },
                3 => spec with { AddDummyPrefix = fields.Value != 0 },
                4 => spec with { RemoveExtraWhitespaces = fields.Value != 0 },
                5 => spec with { EscapeWhitespaces = fields.Value != 0 },
                _ => spec,
            };
        }
        return spec;
    }

    private void Check()
    {
        int unknown = Pieces.Count(piece => piece.Type == PieceType.Unknown);
        if (unknown != 1)
            throw Broken($"{unknown} unknown pieces");
        HashSet<string> normal = new(StringComparer.Ordinal), reserved = new(StringComparer.Ordinal);
        foreach (Piece piece in Pieces)
        {
            bool isNormal = piece.Type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused;
            if (!(isNormal ? normal : reserved).Add(Encoding.UTF8.GetString(piece.Bytes)))
                throw Broken($"piece {Encoding.UTF8.GetString(piece.Bytes)} stands twice");
        }
        if (!ByteFallback)
            return;
        for (int value = 0; value < 256; value++)
        {
            if (!reserved.Contains($"<0x{value:X2}>"))
                throw Broken($"no piece for byte 0x{value:X2}");
        }
    }

    /// <summary>The fields of a message: wire types 0, 1, 2 and 5.</summary>
    private ref struct Fields(ReadOnlySpan<byte> message)
    {
        private ReadOnlySpan<byte> _rest = message;

        public int Number { get; private set; }
        public ulong Value { get; private set; }
        public ReadOnlySpan<byte> Bytes { get; private set; }

        public bool Next(SentencePieceFile file)
        {
            if (_rest.IsEmpty)
                return false;
            ulong tag = Varint(file);
            Number = tag >> 3 is > 0 and < 1 << 29 ? (int)(tag >> 3) : throw file.Broken("a field without number");
            Bytes = default;
            Value = 0;
            switch (tag & 7)
            {
                case 0:
                    Value = Varint(file);
                    break;
                case 1:
                    Value = BinaryPrimitives.ReadUInt64LittleEndian(Take(8, file));
                    break;
                case 2:
                    ulong length = Varint(file);
                    Bytes = Take(length, file);
                    break;
                case 5:
                    Value = BinaryPrimitives.ReadUInt32LittleEndian(Take(4, file));
                    break;
                default:
                    throw file.Broken($"a field of wire type {tag & 7}");
            }
            return true;
        }

        private ReadOnlySpan<byte> Take(ulong length, SentencePieceFile file)
        {
            if (length > (ulong)_rest.Length)
                throw file.Broken("a field that goes past the end");
            ReadOnlySpan<byte> taken = _rest[..(int)length];
            _rest = _rest[(int)length..];
            return taken;
        }

        private ulong Varint(SentencePieceFile file)
        {
            ulong value = 0;
            for (int shift = 0; shift < 64; shift += 7)
            {
                byte next = Take(1, file)[0];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    return value;
            }
            throw file.Broken("a number of more than 64 bits");
        }
    }
}
