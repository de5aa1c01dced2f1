using System.Reflection;
using System.Runtime.InteropServices;
using Kanade.Torch;
using TorchSharp;

namespace Kanade.Tests.Torch;

public sealed class ScalarLifetimeTests
{
    [Fact]
    public void A_number_can_still_be_read_after_its_finaliser_ran()
    {
        var handles = Enumerable.Range(0, 200).Select(i =>
        {
            Scalar number = i + 0.5;
            var handle = (nint)typeof(Scalar).GetProperty("Handle", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(number)!;
            number.Dispose();
            return handle;
        }).ToArray();
        Assert.Equal(Enumerable.Range(0, 200).Select(i => i + 0.5), handles.Select(ToDouble));
    }

    [Fact]
    public void A_number_given_up_is_seen()
    {
        var before = ScalarLifetime.Seen;
        ((Scalar)2).Dispose();
        Assert.True(ScalarLifetime.Seen > before);
    }

    [DllImport("LibTorchSharp", EntryPoint = "THSTorch_scalar_to_float64")]
    static extern double ToDouble(nint handle);
}
