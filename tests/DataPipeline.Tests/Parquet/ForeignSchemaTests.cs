using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>Schemas as other writers make them: the backward-compatibility rules of lists and maps, meanings of later formats, odd names.</summary>
public class ForeignSchemaTests
{
    private static HandColumn Items(params int[] definitions) => new HandColumn().Data(4, [.. HandFile.Levels(0, 1, 0, 0), .. HandFile.Levels(definitions), .. HandFile.Ints(1, 2, 3)]);

    [Fact]
    public void ReadRows_TwoLevelList_ItemsAreRequired()
    {
        byte[] file = new HandFile().Group("a", Repetition.Optional, 1, ConvertedType.List).Leaf("array", Repetition.Repeated, PhysicalType.Int32, Items(2, 2, 1, 2)).Build(3);
        Assert.Equal(["""{"a":[1,2]}""", """{"a":[]}""", """{"a":[3]}"""], HandFile.Read(file));
    }

    [Fact]
    public void ReadRows_HiveBag_ItemsMayBeNull()
    {
        byte[] file = new HandFile().Group("a", Repetition.Optional, 1, ConvertedType.List).Group("bag", Repetition.Repeated, 1)
            .Leaf("array_element", Repetition.Optional, PhysicalType.Int32, Items(3, 3, 2, 3)).Build(3);
        Assert.Equal(["""{"a":[1,2]}""", """{"a":[null]}""", """{"a":[3]}"""], HandFile.Read(file));
    }

    [Fact]
    public void ReadRows_TwoLevelListInTwoLevelList_ListOfLists()
    {
        HandColumn column = new HandColumn().Data(6, [.. HandFile.Levels(0, 2, 1, 2, 0, 0), .. HandFile.Levels(3, 3, 3, 3, 2, 0), .. HandFile.Ints(1, 2, 3, 4)]);
        byte[] file = new HandFile().Group("a", Repetition.Optional, 1, ConvertedType.List).Group("array", Repetition.Repeated, 1, ConvertedType.List)
            .Leaf("array", Repetition.Repeated, PhysicalType.Int32, column).Build(3);
        Assert.Equal(["""{"a":[[1,2],[3,4]]}""", """{"a":[[]]}""", """{"a":null}"""], HandFile.Read(file));
    }

    [Theory]
    [InlineData("array", "{\"a\":[{\"str\":1},{\"str\":2}]}")]
    [InlineData("a_tuple", "{\"a\":[{\"str\":1},{\"str\":2}]}")]
    [InlineData("element", "{\"a\":[1,2]}")]
    public void ReadRows_OneFieldInRepeatedGroup_ItsNameTellsWhetherItIsTheItem(string name, string wanted)
    {
        HandColumn column = new HandColumn().Data(2, [.. HandFile.Levels(0, 1), .. HandFile.Levels(2, 2), .. HandFile.Ints(1, 2)]);
        byte[] file = new HandFile().Group("a", Repetition.Optional, 1, ConvertedType.List).Group(name, Repetition.Repeated, 1).Leaf("str", Repetition.Required, PhysicalType.Int32, column).Build(1);
        Assert.Equal([wanted], HandFile.Read(file));
    }

    [Fact]
    public void ReadRows_RepeatedWithNoAnnotation_RequiredLists()
    {
        HandColumn Numbers(params int[] repetitions) => new HandColumn().Data(3, [.. HandFile.Levels(repetitions), .. HandFile.Levels(1, 1, 0), .. HandFile.Ints(7, 8)]);
        byte[] file = new HandFile()
            .Leaf("numbers", Repetition.Repeated, PhysicalType.Int32, Numbers(0, 1, 0))
            .Group("phones", Repetition.Repeated, 1).Leaf("number", Repetition.Required, PhysicalType.Int32, Numbers(0, 1, 0))
            .Group("group", Repetition.Required, 1).Leaf("inner", Repetition.Repeated, PhysicalType.Int32, Numbers(0, 1, 0)).Build(2);
        Assert.Equal(
            ["""{"numbers":[7,8],"phones":[{"number":7},{"number":8}],"group":{"inner":[7,8]}}""", """{"numbers":[],"phones":[],"group":{"inner":[]}}"""],
            HandFile.Read(file));
    }

    [Theory]
    [InlineData("MAP", false, "map")]
    [InlineData("MAP_KEY_VALUE", false, "map")]
    [InlineData("MAP", true, "key_value")]
    public void ReadRows_OldMaps_AreMaps(string annotation, bool hasOptionalKeys, string between)
    {
        int key = hasOptionalKeys ? 3 : 2;
        Repetition keys = hasOptionalKeys ? Repetition.Optional : Repetition.Required;
        byte[] file = new HandFile().Group("m", Repetition.Optional, 1, annotation == "MAP" ? ConvertedType.Map : ConvertedType.MapKeyValue).Group(between, Repetition.Repeated, 2, ConvertedType.MapKeyValue)
            .Leaf("str", keys, PhysicalType.ByteArray, new HandColumn().Data(3, [.. HandFile.Levels(0, 1, 0), .. HandFile.Levels(key, key, 0), .. HandFile.Texts("a", "b")]), converted: ConvertedType.Utf8)
            .Leaf("num", Repetition.Optional, PhysicalType.Int32, new HandColumn().Data(3, [.. HandFile.Levels(0, 1, 0), .. HandFile.Levels(3, 2, 0), .. HandFile.Ints(5)])).Build(2);
        Assert.Equal(["""{"m":{"a":5,"b":null}}""", """{"m":null}"""], HandFile.Read(file));
    }

    [Fact]
    public void ReadRows_MapOfNullKey_SaysSo()
    {
        byte[] file = new HandFile().Group("m", Repetition.Required, 1, ConvertedType.Map).Group("key_value", Repetition.Repeated, 2)
            .Leaf("key", Repetition.Optional, PhysicalType.Int32, new HandColumn().Data(1, [.. HandFile.Levels(0), .. HandFile.Levels(1)]))
            .Leaf("value", Repetition.Required, PhysicalType.Int32, new HandColumn().Data(1, [.. HandFile.Levels(0), .. HandFile.Levels(1), .. HandFile.Ints(5)])).Build(1);
        Assert.Equal("hand.parquet: row group 0, row 0: map m has a null key", HandFile.Fault(file));
    }

    [Fact]
    public void ReadRows_MapWithoutValues_ListOfKeys()
    {
        HandColumn column = new HandColumn().Data(4, [.. HandFile.Levels(0, 1, 1, 0), .. HandFile.Levels(1, 1, 1, 0), .. HandFile.Ints(1, 2, 3)]);
        byte[] file = new HandFile().Group("my_map", Repetition.Required, 1, ConvertedType.Map).Group("key_value", Repetition.Repeated, 1).Leaf("key", Repetition.Required, PhysicalType.Int32, column).Build(2);
        Assert.Equal(["""{"my_map":[1,2,3]}""", """{"my_map":[]}"""], HandFile.Read(file));
    }

    [Fact]
    public void ReadRows_MeaningsOfLaterFormats_GiveTheStoredValues()
    {
        var unknown = new LogicalType(LogicalKind.Unknown);
        byte[] file = new HandFile()
            .Leaf("plain", Repetition.Required, PhysicalType.Int32, new HandColumn().Data(1, HandFile.Ints(5)), unknown)
            .Leaf("text", Repetition.Required, PhysicalType.ByteArray, new HandColumn().Data(1, HandFile.Texts("ä")), unknown, converted: ConvertedType.Utf8)
            .Leaf("bytes", Repetition.Required, PhysicalType.ByteArray, new HandColumn().Data(1, HandFile.Texts("a")), unknown)
            .Leaf("unit", Repetition.Required, PhysicalType.Int64, new HandColumn().Data(1, HandFile.Longs(77)), new LogicalType(LogicalKind.Timestamp, BitWidth: 9))
            .Leaf("misfit", Repetition.Required, PhysicalType.Int32, new HandColumn().Data(1, HandFile.Ints(300)), LogicalType.Integer(64, true))
            .Leaf("old", Repetition.Required, PhysicalType.Int32, new HandColumn().Data(1, HandFile.Ints(4)), converted: (ConvertedType)77).Build(1);
        Assert.Equal(["""{"plain":5,"text":"ä","bytes":"YQ==","unit":77,"misfit":300,"old":4}"""], HandFile.Read(file));
    }

    [Fact]
    public void ReadRows_EmptyAndRepeatedNames_NoValueIsLost()
    {
        HandColumn Number(int value, string name) => new HandColumn { Path = [name] }.Data(1, HandFile.Ints(value));
        byte[] file = new HandFile()
            .Leaf("", Repetition.Required, PhysicalType.Int32, Number(0, ""))
            .Leaf("a", Repetition.Required, PhysicalType.Int32, Number(1, "a"))
            .Leaf("a", Repetition.Required, PhysicalType.Int32, Number(2, "a"))
            .Leaf("a_1", Repetition.Required, PhysicalType.Int32, Number(3, "a_1"))
            .Leaf("a", Repetition.Required, PhysicalType.Int32, Number(4, "a")).Build(1);
        Assert.Equal(["""{"":0,"a":1,"a_2":2,"a_1":3,"a_3":4}"""], HandFile.Read(file));
    }

    [Fact]
    public void ReadRows_RowsWithoutColumns_AsManyEmptyRows()
    {
        Assert.Equal(["{}", "{}", "{}"], HandFile.Read(new HandFile().Build(3)));
        Assert.Contains("9223372036854775807 rows in 0 columns", HandFile.Fault(new HandFile().Build(long.MaxValue)), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_RowCountsThatDisagree_SaysSo()
    {
        byte[] file = new HandFile { FileRows = 5 }.Leaf("a", Repetition.Required, PhysicalType.Int32, new HandColumn().Data(2, HandFile.Ints(1, 2))).Build(2);
        Assert.Contains("the footer claims 5 rows but its row groups hold 2", HandFile.Fault(file), StringComparison.Ordinal);
        file = new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int32, new HandColumn().Data(2, HandFile.Ints(1, 2))).Build(3);
        Assert.Contains("column a: 2 values are claimed for 3 rows", HandFile.Fault(file), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadRows_EncryptedColumnBelowPlainFooter_OthersAreRead()
    {
        byte[] file = new HandFile { MoreFooter = Algorithm }
            .Leaf("secret", Repetition.Required, PhysicalType.Int32, new HandColumn { IsEncrypted = true }.Data(1, HandFile.Ints(1)))
            .Leaf("open", Repetition.Required, PhysicalType.Int32, new HandColumn().Data(1, HandFile.Ints(2))).Build(1);
        Assert.Equal("hand.parquet: row group 0, column secret: the column is encrypted, which is not read here: choose other columns", HandFile.Fault(file));
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file));
        Assert.True(reader.Metadata.RowGroups[0].Columns[0].IsEncrypted);
        Assert.Equal(["""{"open":2}"""], RowJsonTests.Lines(reader.Schema, reader.ReadRows(["open"])));
        "PARE"u8.CopyTo(file.AsSpan(file.Length - 4));
        Assert.Equal("hand.parquet: the file is encrypted, which is not read here", HandFile.Fault(file));

        // Field 8: AES_GCM_V1, as a file with a plain footer says that some of its columns are encrypted.
        void Algorithm(ThriftWriter writer)
        {
            writer.BeginStruct(8);
            writer.BeginStruct(1);
            writer.EndStruct();
            writer.EndStruct();
        }
    }
}
