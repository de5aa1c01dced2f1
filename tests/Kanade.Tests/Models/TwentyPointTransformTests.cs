using Kanade.Models.Layers;
using Kanade.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public sealed class TwentyPointTransformTests
{
    [Fact]
    public void It_is_the_sum_that_defines_a_Fourier_transform()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var x = randn(20, 2, 7);
        var turns = arange(20, dtype: float64).unsqueeze(1) * arange(11, dtype: float64) * (-2 * Math.PI / 20);   // (20, 11)
        var waves = polar(ones_like(turns), turns);
        var expected = tensordot(x.to(complex128), waves, [0], [0]);                                               // (2, 7, 11)
        var actual = TwentyPointTransform.Forward(x);
        Golden.AssertClose(expected.real.to(float32), actual.real, 1e-5);
        Golden.AssertClose(expected.imag.to(float32), actual.imag, 1e-5);
    }

    [Fact]
    public void Its_gradient_is_that_of_the_library()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var (x, same) = (randn(20, 5).requires_grad_(), zeros(0));
        same = x.detach().clone().requires_grad_();
        TwentyPointTransform.Forward(x).abs().square().sum().backward();
        fft.rfft(same, dim: 0).abs().square().sum().backward();
        Golden.AssertClose(same.grad!, x.grad!, 1e-4);
    }

    [Fact]
    public void A_constant_has_the_same_empty_bins_at_every_place()
    {
        using var scope = NewDisposeScope();
        var spectrum = new ShortTimeTransform(20, 5).Spectrum(full(1, 400, 0.05f))[0];                             // (11, 81)
        Assert.True((spectrum == spectrum.narrow(1, 0, 1)).all().item<bool>());
        Assert.InRange(spectrum.narrow(0, 2, 9).abs().max().item<float>(), 0, 1e-7f);
    }
}
