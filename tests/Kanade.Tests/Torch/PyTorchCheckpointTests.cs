using System.IO.Compression;
using System.Numerics;
using Kanade.Torch;
using TorchSharp;
using static Kanade.Tests.Torch.PyTorchFiles;
using static TorchSharp.torch;

namespace Kanade.Tests.Torch;

public sealed class PyTorchCheckpointTests
{
    // Both written by PyTorch 1.13: the zip form, and that before PyTorch 1.6.
    [Theory]
    [InlineData("torch_zip.pth")]
    [InlineData("torch_legacy.pth")]
    public void What_PyTorch_saved_is_read(string name)
    {
        using var file = PyTorchCheckpoint.Open(Path.Combine(AppContext.BaseDirectory, "Goldens", name));
        using var scope = NewDisposeScope();
        var root = (IReadOnlyDictionary<object, object?>)file.Root!;

        Assert.Equal(7L, root["epoch"]);
        Assert.Equal(123456789012L, root["iters"]);
        Assert.Equal(0.25, root["val_loss"]);
        Assert.Equal("奏", root["name"]);
        Assert.Null(root["none"]);
        Assert.Equal(true, root["flag"]);
        Assert.Equal([1L, 2.5, "x"], (IReadOnlyList<object?>)root["tuple"]!);
        Assert.Equal([2L, 3L], (IReadOnlyList<object?>)root["size"]!);
        Assert.Equal(BigInteger.Pow(2, 70), root["big"]);
        var linear = Map(Map(root["net"])["bert_encoder"]);
        Assert.Equal([0, 1, 2, 3, 4, 5], Numbers(linear["module.weight"]));
        Assert.Equal([-1, 0.5], Numbers(linear["module.bias"]));
        Assert.Equal([4, 5], Numbers(root["parameter"]));
        var group = Map(((IReadOnlyList<object?>)Map(root["optimizer"])["param_groups"]!)[0]);
        Assert.Equal([0.85, 0.99], (IReadOnlyList<object?>)group["betas"]!);
        Assert.Equal([2L, 3L], ((PyTorchTensor)Map(Map(Map(root["optimizer"])["state"])[0L])["exp_avg"]!).Shape);

        foreach (var (type, expected) in new (string, ScalarType)[]
        {
            ("f64", float64), ("f16", float16), ("bf16", bfloat16), ("i64", int64), ("i32", int32), ("i16", int16), ("i8", int8),
        })
        {
            var tensor = file.Read((PyTorchTensor)Map(root["types"])[type]!);
            Assert.Equal(expected, tensor.dtype);
            Assert.Equal([type.Contains('f', StringComparison.Ordinal) ? 1.5 : 1, -2], tensor.to(float64).data<double>().ToArray());
        }
        Assert.Equal([true, false], file.Read((PyTorchTensor)Map(root["types"])["bool"]!).data<bool>().ToArray());
        Assert.Equal([1, 2], Numbers(Map(root["types"])["u8"]));
        Assert.Empty(((PyTorchTensor)Map(root["types"])["scalar"]!).Shape);
        Assert.Equal([3], Numbers(Map(root["types"])["scalar"]));
        Assert.Equal([0, 4], file.Read((PyTorchTensor)Map(root["types"])["empty"]!).shape);

        var views = Map(root["views"]);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (double)i), Numbers(views["base"]));
        Assert.Equal([4, 3], ((PyTorchTensor)views["transposed"]!).Shape);
        Assert.Equal([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], Numbers(views["transposed"]));
        Assert.Equal([4, 5, 6, 7], Numbers(views["row"]));
        Assert.Equal([2, 6, 10], Numbers(views["column"]));
        Assert.Equal([5, 6, 9, 10], Numbers(views["block"]));

        IReadOnlyDictionary<object, object?> Map(object? value) => (IReadOnlyDictionary<object, object?>)value!;
        double[] Numbers(object? value) => file.Read((PyTorchTensor)value!).to(float64).flatten().data<double>().ToArray();
    }

    [Theory]
    [InlineData("cos\nsystem\n(X\x04\0\0\0truetR.", "'os.system'")]
    [InlineData("c__builtin__\neval\n(X\x01\0\0\x00" + "1tR.", "'__builtin__.eval'")]
    [InlineData("cbuiltins\ngetattr\n.", "'builtins.getattr'")]
    [InlineData("X\x05\0\0\0posixX\x06\0\0\0system\x93.", "'posix.system'")]
    [InlineData("cargparse\nNamespace\n)\x81.", "'argparse.Namespace'")]
    [InlineData("cnumpy.core.multiarray\nscalar\n.", "'numpy.core.multiarray.scalar'")]
    [InlineData("ctorch.nn.modules.linear\nLinear\n.", "'torch.nn.modules.linear.Linear'")]
    [InlineData("(ios\nsystem\n.", "instruction 0x69")]      // INST
    [InlineData("(X\x02\0\0\0osX\x06\0\0\0systemo.", "instruction 0x6f")] // OBJ
    [InlineData("P0\n.", "instruction 0x50")]                 // PERSID
    [InlineData("\x82\x01.", "instruction 0x82")]             // EXT1
    [InlineData("cbuiltins\ndict\n)R.", "'builtins.dict'")]   // may be named, not called
    [InlineData("]}b.", "attributes")]
    public void Anything_but_data_is_refused_by_name(string pickle, string named)
    {
        var error = Refused(Pickle(pickle));
        Assert.Contains("refused", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("}")]
    [InlineData("X\xff\xff\xff\x01short.")]
    [InlineData("u.")]
    [InlineData("h\x05.")]
    [InlineData("}K\x01s.")]
    [InlineData("]]K\x01s.")]
    [InlineData("(K\x01.")]
    [InlineData("0.")]
    [InlineData("t.")]
    [InlineData("Inot a number\n.")]
    [InlineData("\x8a\xff.")]
    [InlineData("(X\x07\0\0\0storageK\x01tQ.")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R.")]
    public void A_damaged_pickle_is_one_line(string pickle) => Refused(Pickle(pickle));

    [Fact]
    public void Random_bytes_are_always_one_line()
    {
        var random = new Random(1);
        using var folder = new TemporaryFolder();
        var path = folder.File("x.pth");
        const string alphabet = "(}]).tuseaqhbcRQKXJM0125NI\x80\x81\x85\x86\x87\x88\x8a\x8c\x93\x94\x95\n\0\x01\x02";
        for (var i = 0; i < 2000; i++)
        {
            Zip(path, Pickle(new string([.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => alphabet[random.Next(alphabet.Length)])])));
            try
            {
                PyTorchCheckpoint.Open(path).Dispose();
            }
            catch (InvalidDataException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_one_line()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["torch_zip.pth", "torch_legacy.pth"])
        {
            var whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Goldens", name));
            for (var length = 0; length < whole.Length; length += 97)
            {
                var path = folder.File("cut.pth");
                File.WriteAllBytes(path, whole[..length]);
                var error = Assert.Throws<InvalidDataException>(() => PyTorchCheckpoint.Open(path));
                Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', error.Message);
            }
        }
    }

    [Fact]
    public void A_compressed_entry_is_refused_before_it_is_unpacked()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("bomb.pth");
        using (var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        {
            Add(zip, "archive/data.pkl", Pickle("}."), CompressionLevel.NoCompression);
            Add(zip, "archive/data/0", new byte[50_000_000], CompressionLevel.Optimal);
        }
        Assert.True(new FileInfo(path).Length < 1_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => PyTorchCheckpoint.Open(path));
        Assert.Contains("'archive/data/0' is compressed", error.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2_000_000);
    }

    [Fact]
    public void A_tensor_larger_than_its_storage_is_refused()
    {
        // A stride of 0 would repeat one number a thousand million times.
        var error = Refused(Pickle(Tensor(Storage("FloatStorage", "0", 1), 0, [1000, 1000, 1000], [0, 0, 0]), "."), ("0", new byte[4]));
        Assert.Contains("larger than its storage", error.Message, StringComparison.Ordinal);
        Refused(Pickle(Tensor(Storage("FloatStorage", "0", 4), 2, [3], [1]), "."), ("0", new byte[16]));
        Refused(Pickle(Tensor(Storage("FloatStorage", "0", 4), 0, [2], [4]), "."), ("0", new byte[16]));
        Refused(Pickle(Tensor(Storage("FloatStorage", "0", 4), 0, [-1], [1]), "."), ("0", new byte[16]));
    }

    [Fact]
    public void A_storage_must_have_the_bytes_that_it_is_said_to_have()
    {
        Refused(Pickle(Tensor(Storage("FloatStorage", "0", 4), 0, [4], [1]), "."), ("0", new byte[8]));
        Refused(Pickle(Tensor(Storage("FloatStorage", "0", 4), 0, [4], [1]), "."));
        Refused(Pickle(Tensor(Storage("FloatStorage", "0", 2_000_000_000), 0, [4], [1]), "."), ("0", new byte[16]));
        var error = Refused(Pickle(Tensor(Storage("ComplexFloatStorage", "0", 1), 0, [1], [1]), "."), ("0", new byte[8]));
        Assert.Contains("torch.ComplexFloatStorage", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_that_only_allocates_comes_to_an_end()
    {
        var error = Refused(Pickle(new string('}', 5_000_000)));
        Assert.Contains("instructions", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_may_hold_itself()
    {
        using var folder = new TemporaryFolder();
        using var file = PyTorchCheckpoint.Open(Zip(folder.File("x.pth"), Pickle("]q\0h\0a.")));
        var list = (IReadOnlyList<object?>)file.Root!;
        Assert.Same(list, list[0]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("\x80\x02]q\0.")]
    public void Another_file_is_named_for_what_it_is_not(string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("x.pth"), Pickle(content));
        Assert.Throws<InvalidDataException>(() => PyTorchCheckpoint.Open(folder.File("x.pth")));
    }

    [Fact]
    public void A_zip_of_something_else_and_a_program_are_named()
    {
        using var folder = new TemporaryFolder();
        using (var zip = new ZipArchive(File.Create(folder.File("a.zip")), ZipArchiveMode.Create))
            Add(zip, "readme.txt", [1, 2], CompressionLevel.NoCompression);
        Assert.Contains("data.pkl", Assert.Throws<InvalidDataException>(() => PyTorchCheckpoint.Open(folder.File("a.zip"))).Message, StringComparison.Ordinal);
        using (var zip = new ZipArchive(File.Create(folder.File("b.pt")), ZipArchiveMode.Create))
        {
            Add(zip, "m/data.pkl", Pickle("}."), CompressionLevel.NoCompression);
            Add(zip, "m/constants.pkl", Pickle(")."), CompressionLevel.NoCompression);
        }
        Assert.Contains("TorchScript", Assert.Throws<InvalidDataException>(() => PyTorchCheckpoint.Open(folder.File("b.pt"))).Message, StringComparison.Ordinal);
    }

    static InvalidDataException Refused(byte[] pickle, params (string, byte[])[] storages)
    {
        using var folder = new TemporaryFolder();
        var path = Zip(folder.File("x.pth"), pickle, storages);
        var error = Assert.Throws<InvalidDataException>(() => PyTorchCheckpoint.Open(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        return error;
    }
}
