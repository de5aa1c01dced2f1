using CsCheck;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Torch;

public sealed class SafeTensorsTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("kanade").FullName;

    string File1 => Path.Combine(_folder, "x.safetensors");

    [Fact]
    public void What_is_written_is_read_back()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            ["float"] = randn(3, 5),
            ["half"] = randn(7).to(ScalarType.Float16),
            ["brain"] = randn(2, 2).to(ScalarType.BFloat16),
            ["long"] = tensor(new long[] { 1, -2, 3 }),
            ["scalar"] = tensor(2.5f),
            ["empty"] = zeros(0, 4),
            ["flags"] = tensor(new[] { true, false }),
            ["transposed"] = randn(4, 6).t(),
        };
        SafeTensors.Write(File1, tensors, new Dictionary<string, string> { ["stage"] = "first" });
        using var file = SafeTensorsFile.Open(File1);
        Assert.Equal("first", file.Metadata["stage"]);
        Assert.Equal(tensors.Keys.Order(), file.Names.Order());
        foreach (var (name, expected) in tensors)
        {
            var actual = file.Read(name);
            Assert.Equal(expected.dtype, actual.dtype);
            Assert.Equal(expected.shape, actual.shape);
            Assert.True(expected.equal(actual).all().item<bool>(), name);
        }
    }

    [Fact]
    public void The_bytes_are_a_function_of_the_content()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (randn(3), randn(4));
        SafeTensors.Write(File1, new Dictionary<string, Tensor> { ["a"] = a, ["b"] = b });
        var first = System.IO.File.ReadAllBytes(File1);
        SafeTensors.Write(File1, new Dictionary<string, Tensor> { ["b"] = b, ["a"] = a });
        Assert.Equal(first, System.IO.File.ReadAllBytes(File1));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_in_one_line()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(File1, new Dictionary<string, Tensor> { ["a"] = randn(30) });
        var whole = System.IO.File.ReadAllBytes(File1);
        Gen.Int[0, whole.Length - 1].Sample(
            length =>
            {
                var cut = Path.Combine(_folder, $"cut{length}");
                System.IO.File.WriteAllBytes(cut, whole[..length]);
                var problem = Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Open(cut).Dispose());
                Assert.DoesNotContain('\n', problem.Message);
            },
            iter: 50, threads: 1);
    }

    [Fact]
    public void A_damaged_header_is_refused_not_followed()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(File1, new Dictionary<string, Tensor> { ["a"] = randn(30) });
        var whole = System.IO.File.ReadAllBytes(File1);
        Gen.Select(Gen.Int[0, 80], Gen.Byte).Sample(
            (at, value) =>
            {
                var bytes = (byte[])whole.Clone();
                bytes[at] = value;
                var damaged = Path.Combine(_folder, "damaged");
                System.IO.File.WriteAllBytes(damaged, bytes);
                try
                {
                    using var inner = NewDisposeScope();
                    using var file = SafeTensorsFile.Open(damaged);
                    foreach (var name in file.Names)
                        file.Read(name);
                }
                catch (InvalidDataException)
                {
                    // the only exception there may be
                }
            },
            iter: 300, threads: 1);
    }

    public void Dispose() => Directory.Delete(_folder, true);
}
